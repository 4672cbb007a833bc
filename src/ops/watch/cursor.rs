//! The cursor file: how far a watcher has been told, so that a restart goes on there.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path as FilePath, PathBuf};

use serde::{Deserialize, Serialize};

use super::change::{Commit, Type};
use super::state::Known;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::Revision;

/// The only version of the file there has been.
const VERSION: u32 = 1;

/// What a cursor is about; where it differs, revisions cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The store, as [`crate::store::Store::place`] has it.
    pub endpoint: String,
    /// Whose `/self` it is, if the paths ask for one.
    #[serde(rename = "self", default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    pub paths: Vec<Path>,
}

/// What has been delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    #[serde(flatten)]
    pub subject: Subject,
    pub revision: Revision,
    /// The view at that revision.
    pub keys: BTreeMap<Path, Known>,
}

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    #[serde(flatten)]
    position: &'a Position,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// A cursor file, locked as long as this lives, and as long as any handler
/// lives that was started meanwhile.
#[derive(Debug)]
pub struct Cursor {
    file: PathBuf,
    /// Beside the file, because that one is replaced at every delivery.
    _lock: File,
    position: Option<Position>,
}

impl Cursor {
    /// Locks the cursor and reads it, if it is there.
    ///
    /// `Conflict` when another watch (or a handler it has left behind) holds it,
    /// `Invalid` when the file is no cursor.
    pub fn open(file: &FilePath) -> Result<Cursor> {
        let lock = lock(file)?;
        Ok(Cursor { file: file.to_owned(), _lock: lock, position: read(file)? })
    }

    /// What was delivered last, none in a new cursor.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Begins at a position, and keeps it at once unless that of the state at
    /// the start is yet to be delivered.
    pub fn begin(&mut self, position: Position, is_delivered: bool) -> Result<()> {
        if is_delivered && self.position.as_ref() != Some(&position) {
            write(&self.file, &position)?;
        }
        self.position = Some(position);
        Ok(())
    }

    /// Keeps that these commits have been delivered.
    pub fn advance(&mut self, commits: &[Commit]) -> Result<()> {
        let Some(position) = &mut self.position else { return Ok(()) };
        for commit in commits {
            position.revision = commit.revision;
            for change in &commit.changes {
                match (&change.value, change.kind) {
                    (Some(value), Type::Put) => {
                        let known = Known::new(change.written, value);
                        position.keys.insert(change.path.clone(), known);
                    }
                    _ => {
                        position.keys.remove(&change.path);
                    }
                }
            }
        }
        write(&self.file, position)
    }
}

fn lock(file: &FilePath) -> Result<File> {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let doing = || format!("locking cursor `{}`", name.display());
    let opened = File::options().create(true).truncate(false).write(true).open(&name);
    let lock = opened.map_err(|error| Error::new(Kind::Failed, doing()).because(error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let text =
                format!("cursor `{}` is in use by another watch or its handler", file.display());
            return Err(
                Error::conflict(text).hint(format!("See which: `fuser {}`", name.display()))
            );
        }
        Err(TryLockError::Error(error)) => {
            return Err(Error::new(Kind::Failed, doing()).because(error));
        }
    }
    // A handler that outlives its watch keeps the next watch from starting a second one.
    rustix::io::fcntl_setfd(&lock, rustix::io::FdFlags::empty())
        .map_err(|error| Error::new(Kind::Failed, doing()).because(error))?;
    Ok(lock)
}

fn read(file: &FilePath) -> Result<Option<Position>> {
    let doing = || format!("reading cursor `{}`", file.display());
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new(Kind::Failed, doing()).because(error)),
    };
    let refused = |why: serde_json::Error| {
        Error::invalid(format!("`{}` is not a cursor of `metactl watch`", file.display()))
            .because(why)
            .hint(format!("Name another file, or begin anew: `rm {}`", file.display()))
    };
    let Version { version } = serde_json::from_slice(&bytes).map_err(refused)?;
    if version != VERSION {
        return Err(Error::invalid(format!(
            "cursor `{}` has version {version}; version {VERSION} is accepted",
            file.display()
        )));
    }
    let position = serde_json::from_reader(BufReader::new(&bytes[..])).map_err(refused)?;
    Ok(Some(position))
}

/// Replaces the file as a whole: after a crash it is the old one or the new one.
fn write(file: &FilePath, position: &Position) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let directory = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => FilePath::new("."),
        };
        let mut new = tempfile::NamedTempFile::new_in(directory)?;
        let mut out = BufWriter::new(new.as_file_mut());
        serde_json::to_writer(&mut out, &Saved { version: VERSION, position })?;
        out.write_all(b"\n")?;
        out.flush()?;
        drop(out);
        new.as_file().sync_all()?;
        new.persist(file)?;
        Ok(())
    };
    replace().map_err(|error| {
        Error::new(Kind::Failed, format!("writing cursor `{}`", file.display())).because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::watch::change::{Origin, Stamp};

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn position() -> Position {
        let subject = Subject {
            endpoint: "memory:".to_owned(),
            node: Some("10.0.0.1".to_owned()),
            paths: vec![path("/self")],
        };
        let keys = BTreeMap::from([(path("/self/a"), Known::new(3, "a"))]);
        Position { subject, revision: 4, keys }
    }

    #[test]
    fn a_cursor_is_read_back_as_it_was_kept() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cursor");
        let mut cursor = Cursor::open(&file).unwrap();
        assert_eq!(cursor.position(), None);
        cursor.begin(position(), true).unwrap();
        let stamp = Stamp::of(9, None);
        let changes = vec![
            stamp.change(path("/self/a"), None, None, Some("a".to_owned())),
            stamp.change(path("/self/b"), None, Some("b".to_owned()), None),
        ];
        let commit = Commit { revision: 9, origin: Origin::History, changes, keys: 1 };
        cursor.advance(&[commit]).unwrap();
        drop(cursor);
        let cursor = Cursor::open(&file).unwrap();
        let keys = BTreeMap::from([(path("/self/b"), Known::new(9, "b"))]);
        assert_eq!(cursor.position(), Some(&Position { revision: 9, keys, ..position() }));
    }

    #[test]
    fn a_cursor_has_one_watch() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cursor");
        let _held = Cursor::open(&file).unwrap();
        assert_eq!(Cursor::open(&file).unwrap_err().kind(), Kind::Conflict);
    }

    #[test]
    fn what_is_no_cursor_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cursor");
        for text in ["", "hello\n", "{}", r#"{"version":1}"#, r#"{"version":2}"#] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(Cursor::open(&file).unwrap_err().kind(), Kind::Invalid, "{text}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
    }
}
