//! What the metadata API shows of a subtree: its leaves at one version, and in what
//! two such states differ.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::document::{self, Form, Source};
use crate::model::path::Path;
use crate::store::{Changed, Name, Revision, What};

/// The leaves at and below one path, as the service shows them to this machine.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) top: Path,
    pub(super) version: Revision,
    pub(super) leaves: BTreeMap<Path, String>,
}

impl Seen {
    /// Nothing is there.
    pub(super) fn nothing(top: &Path, version: Revision) -> Seen {
        Seen { top: top.clone(), version, leaves: BTreeMap::new() }
    }

    /// From the JSON of an answer.
    pub(super) fn read(top: &Path, version: Revision, body: &[u8]) -> Result<Seen> {
        let mut seen = Seen::nothing(top, version);
        let source = Source {
            name: "the answer".to_owned(),
            content: body,
            form: Some(Form::Json),
            at: top.clone(),
        };
        document::read(source, &mut |path, value| {
            seen.leaves.insert(path.clone(), value.to_owned());
            Ok(())
        })?;
        Ok(seen)
    }

    /// The leaves of a range, sorted by path. The view of `/self` that stands under
    /// `/` belongs to nobody who asks for the tree.
    pub(super) fn of<'a>(&'a self, what: &'a What) -> impl Iterator<Item = (&'a Path, &'a str)> {
        let whole = matches!(what, What::Subtree(top) | What::All(top) if top.is_root());
        self.leaves
            .iter()
            .filter(move |(path, _)| what.covers(path) && !(whole && is_own(path)))
            .map(|(path, value)| (path, value.as_str()))
    }

    /// The children of a directory, sorted by name.
    pub(super) fn names(&self, directory: &Path) -> Vec<Name> {
        let mut names: BTreeMap<&str, bool> = BTreeMap::new();
        let below = What::Subtree(directory.clone());
        for (path, _) in self.of(&below) {
            let rest = directory.relative(path.as_str()).unwrap_or_default();
            let mut segments = rest.split('/').skip(1);
            if let Some(name) = segments.next() {
                *names.entry(name).or_default() |= segments.next().is_some();
            }
        }
        let name = |(name, directory): (&str, bool)| Name { name: name.to_owned(), directory };
        names.into_iter().map(name).collect()
    }

    /// In what `later` differs from this, in the subtrees, sorted by path.
    pub(super) fn changes(&self, later: &Seen, subtrees: &[Path]) -> Vec<Changed> {
        let told = |path: &Path| {
            subtrees.iter().any(|top| top.contains(path) && !(top.is_root() && is_own(path)))
        };
        let change = |path: &Path, previous: Option<&String>, value: Option<&String>| Changed {
            path: path.clone(),
            previous: previous.cloned(),
            value: value.cloned(),
            lease: None,
        };
        let gone = self.leaves.iter().filter(|(path, _)| !later.leaves.contains_key(*path));
        let mut changes: Vec<Changed> = gone
            .map(|(path, value)| change(path, Some(value), None))
            .chain(later.leaves.iter().filter_map(|(path, value)| {
                let previous = self.leaves.get(path);
                (previous != Some(value)).then(|| change(path, previous, Some(value)))
            }))
            .filter(|changed| told(&changed.path))
            .collect();
        changes.sort_by(|left, right| left.path.cmp(&right.path));
        changes
    }
}

/// Whether a path lies in the caller's own view.
pub(super) fn is_own(path: &Path) -> bool {
    path.segments().next() == Some("self")
}

/// The lowest directory, or leaf, that holds all of the paths.
pub(super) fn common<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Path {
    let mut paths = paths.into_iter();
    let mut top = paths.next().cloned().unwrap_or_else(Path::root);
    for path in paths {
        while !top.contains(path) {
            top = top.parent().unwrap_or_else(Path::root);
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn an_answer_becomes_leaves() {
        let body = br#"{"host":{"ip":"10.0.0.1","n":"12345678901234567890"},"e":{}}"#;
        let seen = Seen::read(&path("/self"), 5, body).unwrap();
        let leaves = seen.leaves.iter().map(|(path, value)| format!("{path}={value}"));
        assert_eq!(
            leaves.collect::<Vec<_>>(),
            ["/self/host/ip=10.0.0.1", "/self/host/n=12345678901234567890"]
        );
        let leaf = Seen::read(&path("/self/host/ip"), 5, br#""10.0.0.1""#).unwrap();
        assert_eq!(leaf.leaves.len(), 1);
    }

    #[test]
    fn two_states_differ_in_what_is_new_other_or_gone() {
        let before = Seen::read(&path("/"), 5, br#"{"a":"1","b":"1","self":{"x":"1"}}"#).unwrap();
        let after = Seen::read(&path("/"), 6, br#"{"b":"2","c":"3","self":{"x":"2"}}"#).unwrap();
        let told = |subtrees: &[Path]| -> Vec<String> {
            let changes = before.changes(&after, subtrees);
            let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
            let tell = |c: &Changed| format!("{}:{}>{}", c.path, text(&c.previous), text(&c.value));
            changes.iter().map(tell).collect()
        };
        assert_eq!(told(&[path("/")]), ["/a:1>-", "/b:1>2", "/c:->3"]);
        assert_eq!(told(&[path("/self"), path("/c")]), ["/c:->3", "/self/x:1>2"]);
    }

    #[test]
    fn what_holds_all_paths() {
        let of = |texts: &[&str]| {
            let paths: Vec<_> = texts.iter().map(|text| path(text)).collect();
            common(&paths).to_string()
        };
        assert_eq!(of(&["/self/host/ip", "/self/host/eip"]), "/self/host");
        assert_eq!(of(&["/self/host", "/self/host/ip"]), "/self/host");
        assert_eq!(of(&["/self/host", "/cl-1"]), "/");
        assert_eq!(of(&["/cl-1/a", "/cl-10/a"]), "/");
    }
}
