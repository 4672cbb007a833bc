//! What a commit is to do, put in order before anything is asked.

use std::collections::{BTreeMap, HashMap};

use crate::model::path::Path;
use crate::store::commit::unit_of;
use crate::store::{Changes, Guard, LeaseId};

/// Directories that are looked at as a whole, at most.
const MAX_PROBES: usize = 1000;
/// A directory with fewer puts is not worth a look of its own.
const PUTS_FOR_PROBE: usize = 8;

/// A settled commit.
pub(super) struct Work<'c> {
    /// Sorted by path.
    pub(super) puts: Vec<Put<'c>>,
    /// Keys to delete by themselves: not put, and in none of the trees.
    pub(super) deleted: Vec<&'c Path>,
    /// Trees to delete, sorted, none inside another.
    pub(super) trees: Vec<Tree<'c>>,
    pub(super) guards: &'c [Guard],
}

#[derive(Debug)]
pub(super) struct Put<'c> {
    pub(super) path: String,
    pub(super) value: &'c str,
    pub(super) lease: Option<LeaseId>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'c> {
    pub(super) top: &'c Path,
    /// Whether its keys have to be known one by one: some are put again, or
    /// they are of different units.
    pub(super) by_key: bool,
}

impl<'c> Work<'c> {
    /// `changes` are settled.
    pub(super) fn new(changes: &'c Changes, guards: &'c [Guard]) -> Work<'c> {
        let mut puts = Vec::with_capacity(changes.puts());
        changes.each_put(|path, value, lease| {
            puts.push(Put { path: path.to_owned(), value, lease });
        });
        let mut tops: Vec<&Path> = changes.deleted_trees().iter().collect();
        // An outer tree sorts before the trees in it.
        tops.sort();
        let mut trees: Vec<Tree<'c>> = Vec::new();
        for top in tops {
            if trees.iter().any(|tree| tree.top.contains(top)) {
                continue;
            }
            let replaced =
                !inside(&puts, top.as_str()).is_empty() || changes.puts_path(top.as_str());
            trees.push(Tree { top, by_key: replaced || !is_of_one_unit(top) });
        }
        let mut deleted: Vec<&Path> = changes.deleted().iter().collect();
        deleted.sort();
        deleted.dedup();
        deleted.retain(|path| {
            !changes.puts_path(path.as_str()) && !trees.iter().any(|t| t.top.contains(path))
        });
        Work { puts, deleted, trees, guards }
    }

    /// The deleted tree that holds `path`.
    pub(super) fn tree_of(&self, path: &str) -> Option<&Tree<'c>> {
        self.trees.iter().find(|tree| tree.top.relative(path).is_some())
    }

    /// Whether the commit deletes what is at `path` before it puts anything.
    pub(super) fn deletes(&self, path: &str) -> bool {
        self.tree_of(path).is_some()
            || self.deleted.binary_search_by(|deleted| deleted.as_str().cmp(path)).is_ok()
    }

    /// Whether something below `path` is deleted, so that `path` may become a leaf.
    pub(super) fn deletes_below(&self, path: &str) -> bool {
        let below =
            |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.trees.iter().any(|tree| below(tree.top.as_str()))
            || self.deleted.iter().any(|deleted| below(deleted.as_str()))
    }

    /// Directories that get many keys: if one is empty, nothing below it has to
    /// be asked for key by key. Upper ones first.
    pub(super) fn probes(&self) -> Vec<&str> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for put in &self.puts {
            let mut end = put.path.len();
            while let Some(slash) = put.path[..end].rfind('/').filter(|slash| *slash > 0) {
                end = slash;
                *counts.entry(&put.path[..end]).or_default() += 1;
            }
        }
        let mut by_depth: BTreeMap<(usize, &str), ()> = BTreeMap::new();
        for (directory, count) in counts {
            if count >= PUTS_FOR_PROBE && self.tree_of(directory).is_none() {
                by_depth.insert((directory.matches('/').count(), directory), ());
            }
        }
        by_depth.into_keys().map(|(_, directory)| directory).take(MAX_PROBES).collect()
    }
}

/// The puts below `directory`, among sorted ones.
fn inside<'p, 'c>(puts: &'p [Put<'c>], directory: &str) -> &'p [Put<'c>] {
    let below = if directory == "/" { "/".to_owned() } else { format!("{directory}/") };
    let from = puts.partition_point(|put| put.path < below);
    let rest = puts.get(from..).unwrap_or_default();
    let count = rest.partition_point(|put| put.path.starts_with(&below));
    rest.get(..count).unwrap_or_default()
}

/// Whether all keys at and below `top` belong to the unit of `top`.
fn is_of_one_unit(top: &Path) -> bool {
    let path = top.as_str();
    let deeper = format!("{}/cl-x", path.trim_end_matches('/'));
    !top.is_root() && unit_of(path) == unit_of(&deeper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn trees_that_are_put_into_are_known_by_key() {
        let mut changes = Changes::new();
        changes.delete_tree(&path("/cl-1"));
        changes.delete_tree(&path("/cl-1/env"));
        changes.delete_tree(&path("/cl-2"));
        changes.delete_tree(&path("/clusters"));
        changes.delete(&path("/cl-1/x"));
        changes.delete(&path("/a/b"));
        changes.delete(&path("/a/c"));
        changes.put(&path("/a/c"), "v");
        changes.put(&path("/cl-1/env/k"), "v");
        changes.settle().unwrap();
        let work = Work::new(&changes, &[]);
        let trees: Vec<_> = work.trees.iter().map(|t| (t.top.as_str(), t.by_key)).collect();
        assert_eq!(trees, [("/cl-1", true), ("/cl-2", false), ("/clusters", true)]);
        assert_eq!(work.deleted, [&path("/a/b")]);
        assert!(work.deletes("/cl-2/x") && work.deletes("/a/b") && !work.deletes("/a/c"));
        assert!(work.deletes_below("/a") && !work.deletes_below("/cl-2"));
    }

    #[test]
    fn a_unit_is_known_by_two_segments() {
        let one = |text: &str| is_of_one_unit(&path(text));
        assert!(one("/cl-1") && one("/cl-1/env") && one("/clusters/cl-1") && one("/_metactl/apps"));
        assert!(!one("/") && !one("/clusters") && !one("/_metactl"));
    }

    #[test]
    fn directories_with_many_puts_are_probed_from_above() {
        let mut changes = Changes::new();
        for index in 0..10 {
            changes.put(&path(&format!("/cl-1/hosts/{index}")), "v");
        }
        changes.put(&path("/cl-1/env/a"), "v");
        changes.settle().unwrap();
        assert_eq!(Work::new(&changes, &[]).probes(), ["/cl-1", "/cl-1/hosts"]);
    }
}
