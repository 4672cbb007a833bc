//! The tree as it was right after one revision. Never changes.

use std::net::IpAddr;
use std::sync::Arc;

use super::asker::{Asker, Askers};
use super::chunk::Entry;
use super::directory::Found;
use super::sight::Sight;
use super::tree::{self, Tree};
use crate::model::path::Path;
use crate::store::Revision;

/// The tree at one revision, under its real paths. Metactl's own records are not in it.
pub struct Snapshot {
    pub(super) revision: Revision,
    /// Where the knowledge of changes begins: what changed before is not known.
    pub(super) floor: Revision,
    /// How often the store was found to have gone back to an earlier state.
    pub(super) lineage: u32,
    pub(super) tree: Tree,
    pub(super) askers: Arc<Askers>,
    /// When the mapping or the rules of any of them changed last.
    pub(super) askers_changed: Revision,
}

/// Tells a snapshot apart from every other of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u32, Revision);

impl Snapshot {
    pub(super) fn id(&self) -> Id {
        Id(self.lineage, self.revision)
    }

    /// Whether all mappings and rules are what they were in that one, which is not
    /// newer. Most changes are of other things.
    pub(super) fn has_same_askers(&self, Id(lineage, revision): Id) -> bool {
        lineage == self.lineage && (self.askers_changed..=self.revision).contains(&revision)
    }

    /// The revision that it shows.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The oldest revision since which all changes are known.
    pub fn floor(&self) -> Revision {
        self.floor
    }

    /// The value of the leaf at `real`.
    pub fn value(&self, real: &Path) -> Option<&str> {
        match self.tree.find(real).0 {
            Found::Leaf(value) => Some(value),
            _ => None,
        }
    }

    /// Whether anything is below `real`.
    pub fn is_directory(&self, real: &Path) -> bool {
        matches!(self.tree.find(real).0, Found::Directory(directory) if !directory.is_empty())
    }

    /// Calls `each` with the name of every child of the directory `real`, sorted,
    /// and whether it is a directory itself.
    pub fn each_name(&self, real: &Path, mut each: impl FnMut(&str, bool)) {
        let Found::Directory(directory) = self.tree.find(real).0 else { return };
        for (name, entry) in directory.entries() {
            match entry {
                Entry::Leaf { .. } => each(name, false),
                Entry::Directory(_) => each(name, true),
                Entry::Gone { .. } => {}
            }
        }
    }

    /// Calls `each` with path and value of every leaf at or below `real`: the
    /// path below it with a leading slash, empty for `real` itself. Sorted
    /// directory by directory.
    pub fn each_leaf(&self, real: &Path, mut each: impl FnMut(&str, &str)) {
        match self.tree.find(real).0 {
            Found::Leaf(value) => each("", value),
            Found::Directory(directory) => tree::walk(&mut String::new(), directory, &mut each),
            Found::Nothing => {}
        }
    }

    /// When anything at or below `real` changed last, also if it is gone by now.
    /// Of changes before [`Snapshot::floor`] nothing is known; they count as 0.
    pub fn changed(&self, real: &Path) -> Revision {
        self.tree.find(real).1
    }

    /// The client at `ip`: its mapping and its rules.
    pub fn asker(&self, ip: IpAddr) -> Arc<Asker> {
        self.askers.get(self, ip)
    }

    /// What `path` is to `asker`: `/self…` by its mapping, everything else where
    /// it is stored; of both, what may be seen. `/` holds `self` beside the rest.
    pub fn see(self: &Arc<Self>, asker: &Arc<Asker>, path: &Path) -> Sight {
        Sight::new(Arc::clone(self), Arc::clone(asker), path)
    }
}
