//! The configuration file: named endpoints and who to be on them.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::error::{Error, Kind, Result};

/// The settings that a context can hold, in the order they are shown.
pub const KEYS: [&str; 13] = [
    "endpoint",
    "as",
    "cluster",
    "cluster-root",
    "group",
    "request-timeout",
    "user",
    "password",
    "ca",
    "cert",
    "key",
    "manage-url",
    "manage-token-file",
];

/// The file as it stands, comments and all.
#[derive(Debug, Default)]
pub struct Contexts(DocumentMut);

impl Contexts {
    /// Reads the file; one that is not there is an empty one.
    pub fn read(file: &Path) -> Result<Contexts> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Contexts::default());
            }
            Err(error) => {
                let message = format!("reading `{}`", file.display());
                return Err(Error::new(Kind::Failed, message).because(error));
            }
        };
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let why = error.to_string();
            Error::new(Kind::Usage, format!("reading `{}`", file.display()))
                .because(why.trim().to_owned())
        })?;
        let contexts = Contexts(document);
        contexts.check(file)?;
        Ok(contexts)
    }

    /// Refuses what would silently do nothing: unknown keys and values that are no text.
    fn check(&self, file: &Path) -> Result<()> {
        let refused = |why: String| Error::new(Kind::Usage, format!("`{}`: {why}", file.display()));
        for (key, item) in self.0.iter() {
            match key {
                "current" if item.is_str() => {}
                "contexts" if item.is_table_like() => {}
                "current" | "contexts" => return Err(refused(format!("`{key}` is malformed"))),
                _ => {
                    return Err(refused(format!(
                        "unknown key `{key}`; known are current, contexts"
                    )));
                }
            }
        }
        for name in self.names() {
            let Some(table) = self.table(name) else {
                return Err(refused(format!("`contexts.{name}` is not a table")));
            };
            for (key, item) in table.iter() {
                if !KEYS.contains(&key) {
                    let known = KEYS.join(", ");
                    return Err(refused(format!(
                        "unknown key `contexts.{name}.{key}`; known are {known}"
                    )));
                }
                if !item.is_str() {
                    return Err(refused(format!(
                        "`contexts.{name}.{key}` is not a text in quotes"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The context that counts when none is named.
    pub fn current(&self) -> Option<&str> {
        self.0.get("current")?.as_str()
    }

    /// The names of all contexts, as they stand in the file.
    pub fn names(&self) -> Vec<&str> {
        let table = self.0.get("contexts").and_then(Item::as_table_like);
        table.map(|table| table.iter().map(|(name, _)| name).collect()).unwrap_or_default()
    }

    /// Whether there is a context of that name.
    pub fn has(&self, name: &str) -> bool {
        self.table(name).is_some()
    }

    /// One value of a context.
    pub fn value(&self, name: &str, key: &str) -> Option<&str> {
        self.table(name)?.get(key)?.as_str()
    }

    fn table(&self, name: &str) -> Option<&dyn TableLike> {
        self.0.get("contexts")?.get(name)?.as_table_like()
    }

    /// Sets one value; the context comes to be with its first.
    pub fn set(&mut self, name: &str, key: &str, value: &str) {
        let mut parent = Table::new();
        parent.set_implicit(true);
        let contexts = self.0.entry("contexts").or_insert(Item::Table(parent));
        let Some(contexts) = contexts.as_table_like_mut() else { return };
        let fresh = || {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            Item::Table(table)
        };
        let context = contexts.entry(name).or_insert_with(fresh);
        if let Some(context) = context.as_table_like_mut() {
            context.insert(key, toml_edit::value(value));
        }
    }

    /// Removes one value.
    pub fn unset(&mut self, name: &str, key: &str) {
        let contexts = self.0.get_mut("contexts").and_then(Item::as_table_like_mut);
        let context = contexts.and_then(|table| table.get_mut(name));
        if let Some(context) = context.and_then(Item::as_table_like_mut) {
            context.remove(key);
        }
    }

    /// Makes `name` the current one.
    pub fn choose(&mut self, name: &str) {
        self.0.insert("current", toml_edit::value(name));
    }

    /// Removes a context; if it was the current one, none is.
    pub fn remove(&mut self, name: &str) {
        if let Some(contexts) = self.0.get_mut("contexts").and_then(Item::as_table_like_mut) {
            contexts.remove(name);
        }
        if self.current() == Some(name) {
            self.0.remove("current");
        }
    }

    /// Why the file should be looked at: it holds a password, and others may read it.
    #[cfg(unix)]
    pub fn exposure(&self, file: &Path) -> Option<String> {
        use std::os::unix::fs::PermissionsExt;
        let holds = self.names().iter().any(|name| self.value(name, "password").is_some());
        let mode = std::fs::metadata(file).ok()?.permissions().mode();
        (holds && mode & 0o077 != 0).then(|| {
            let file = file.display();
            format!("`{file}` holds a password and others may read it: type `chmod 600 {file}`")
        })
    }

    /// Writes the file anew, whole or not at all, readable by its owner alone.
    pub fn write(&self, file: &Path) -> Result<()> {
        let failed = |error: std::io::Error| {
            Error::new(Kind::Failed, format!("writing `{}`", file.display())).because(error)
        };
        // A link stays a link: what it points to is replaced.
        let file = &std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let directory = file.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(directory).map_err(failed)?;
        let mut fresh = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        std::io::Write::write_all(&mut fresh, self.0.to_string().as_bytes()).map_err(failed)?;
        fresh.as_file().sync_all().map_err(failed)?;
        fresh.persist(file).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
