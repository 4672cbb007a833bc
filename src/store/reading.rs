//! What can be read, and small ways to do it.

use super::{LeaseId, Revision, Store};
use crate::error::Result;
use crate::model::path::Path;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// That key alone.
    Key(Path),
    /// That key, if it is a leaf, and everything below it.
    Subtree(Path),
    /// As [`What::Subtree`], and with it the leaves that a foreign writer has put
    /// where there are directories; everywhere else the directory hides them.
    All(Path),
}

impl What {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            What::Key(path) | What::Subtree(path) | What::All(path) => path,
        }
    }

    /// Whether `path` is among what is meant.
    pub fn covers(&self, path: &Path) -> bool {
        match self {
            What::Key(key) => key == path,
            What::Subtree(top) | What::All(top) => top.contains(path),
        }
    }
}

/// When to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest state.
    Latest,
    /// The state right after that revision.
    Revision(Revision),
}

/// One leaf, borrowed from the store for the time of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    pub path: &'a str,
    pub value: &'a str,
    /// The revision at which the key came to be.
    pub create_revision: Revision,
    /// The revision of its newest change.
    pub mod_revision: Revision,
    pub lease: Option<LeaseId>,
}

/// Takes the items of a read, one after another.
pub type Sink<'a> = &'a mut (dyn FnMut(Item<'_>) -> Result<()> + Send);

/// One child of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub name: String,
    /// Whether it has children; else it is a leaf.
    pub directory: bool,
}

/// One leaf, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: Path,
    pub value: String,
    pub create_revision: Revision,
    pub mod_revision: Revision,
    pub lease: Option<LeaseId>,
}

impl Entry {
    /// The same, borrowed.
    pub fn as_item(&self) -> Item<'_> {
        Item {
            path: self.path.as_str(),
            value: &self.value,
            create_revision: self.create_revision,
            mod_revision: self.mod_revision,
            lease: self.lease,
        }
    }
}

impl Item<'_> {
    /// The item as a value of its own. Stores hand out nothing but well-formed
    /// paths, so what is none is left out.
    pub fn to_entry(self) -> Option<Entry> {
        Some(Entry {
            path: Path::from_stored(self.path)?,
            value: self.value.to_owned(),
            create_revision: self.create_revision,
            mod_revision: self.mod_revision,
            lease: self.lease,
        })
    }
}

/// Reads one key: its entry, if it is there, and the revision of the answer.
pub async fn get(store: &dyn Store, path: &Path, at: At) -> Result<(Revision, Option<Entry>)> {
    let (revision, entries) = collect(store, &[What::Key(path.clone())], at).await?;
    Ok((revision, entries.into_iter().next()))
}

/// Reads everything asked for into memory; for what is known to be small.
pub async fn collect(store: &dyn Store, what: &[What], at: At) -> Result<(Revision, Vec<Entry>)> {
    let mut entries = Vec::new();
    let revision = store
        .read(what, at, &mut |item| {
            entries.extend(item.to_entry());
            Ok(())
        })
        .await?;
    Ok((revision, entries))
}
