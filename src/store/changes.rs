//! The changes of a commit, kept compactly: an import of a large tree holds its
//! text about once.

use std::borrow::Cow;
use std::collections::HashMap;

use super::puts::{Put, Puts};
use super::{LeaseId, commit};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// Puts and deletions in any order; every path at most once.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    puts: Puts,
    leases: HashMap<u32, LeaseId>,
    deleted: Vec<Path>,
    deleted_trees: Vec<Path>,
}

/// One change, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRef<'a> {
    Put {
        path: &'a str,
        value: &'a str,
        lease: Option<LeaseId>,
    },
    /// That key alone.
    Delete(&'a Path),
    /// That key and everything below it.
    DeleteTree(&'a Path),
}

impl Changes {
    pub fn new() -> Self {
        Changes::default()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many changes there are; a subtree counts as one.
    pub fn len(&self) -> usize {
        self.puts.len() + self.deleted.len() + self.deleted_trees.len()
    }

    /// The bytes of all paths and values that are put.
    pub fn bytes(&self) -> usize {
        self.puts.iter().map(|put| put.path_length() + put.value.len()).sum()
    }

    /// Sets `path` to `value`.
    pub fn put(&mut self, path: &Path, value: &str) {
        let (directory, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
        self.puts.push(Put { directory, name, value });
    }

    /// Sets `path` to `value` for as long as the lease lives.
    pub fn put_with_lease(&mut self, path: &Path, value: &str, lease: LeaseId) {
        self.put(path, value);
        // A commit with 2^32 changes does not fit into memory.
        self.leases.insert((self.puts.len() - 1) as u32, lease);
    }

    /// Deletes that key, if it is there.
    pub fn delete(&mut self, path: &Path) {
        self.deleted.push(path.clone());
    }

    /// Deletes that key and everything below it.
    pub fn delete_tree(&mut self, path: &Path) {
        self.deleted_trees.push(path.clone());
    }

    /// Takes over all changes of `other`.
    pub fn extend(&mut self, other: &Changes) {
        other.each_put(|path, value, lease| {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            self.puts.push(Put { directory, name, value });
            if let Some(lease) = lease {
                self.leases.insert((self.puts.len() - 1) as u32, lease);
            }
        });
        self.deleted.extend_from_slice(&other.deleted);
        self.deleted_trees.extend_from_slice(&other.deleted_trees);
    }

    /// The puts with the numbers in `range`, as changes of their own.
    pub fn part(&self, range: std::ops::Range<usize>) -> Changes {
        let mut part = Changes::new();
        for index in range {
            let Some(put) = self.puts.get(index) else { break };
            part.puts.push(put);
            if let Some(lease) = self.leases.get(&(index as u32)) {
                part.leases.insert((part.puts.len() - 1) as u32, *lease);
            }
        }
        part
    }

    /// Keys to delete.
    pub fn deleted(&self) -> &[Path] {
        &self.deleted
    }

    /// Subtrees to delete.
    pub fn deleted_trees(&self) -> &[Path] {
        &self.deleted_trees
    }

    /// How many puts there are.
    pub fn puts(&self) -> usize {
        self.puts.len()
    }

    /// Calls `each` with path, value and lease of every put, in the order in
    /// which they stand (bytewise by path after [`Changes::settle`]).
    pub fn each_put<'a>(&'a self, mut each: impl FnMut(&str, &'a str, Option<LeaseId>)) {
        let _: Result<()> = self.try_each_put(|path, value, lease| {
            each(path, value, lease);
            Ok(())
        });
    }

    /// [`Changes::each_put`], ended by the first error.
    pub fn try_each_put<'a, E>(
        &'a self,
        mut each: impl FnMut(&str, &'a str, Option<LeaseId>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut path = String::new();
        for (index, put) in self.puts.iter().enumerate() {
            path.clear();
            path.push_str(put.directory);
            path.push('/');
            path.push_str(put.name);
            each(&path, put.value, self.leases.get(&(index as u32)).copied())?;
        }
        Ok(())
    }

    /// Whether `path` is put; after [`Changes::settle`], by binary search.
    pub fn puts_path(&self, path: &str) -> bool {
        self.puts.has(path)
    }

    /// Sorts the puts bytewise by path and refuses, as `Invalid`, a path that is
    /// put twice or is put both as a leaf and as a directory, a value for the
    /// root, and any change of a store's own bookkeeping.
    ///
    /// A commit of settled changes saves the store a copy of them.
    pub fn settle(&mut self) -> Result<()> {
        if !self.puts.is_sorted() {
            self.sort();
        }
        self.check()
    }

    /// These changes settled: themselves, if they are sorted, else a sorted copy.
    pub fn settled(&self) -> Result<Cow<'_, Changes>> {
        if self.puts.is_sorted() {
            self.check()?;
            return Ok(Cow::Borrowed(self));
        }
        let mut copy = self.clone();
        copy.settle()?;
        Ok(Cow::Owned(copy))
    }

    fn check(&self) -> Result<()> {
        if self.puts.overflowed() {
            return Err(Error::new(Kind::TooLarge, "the changes hold more than 4 GiB of text"));
        }
        for path in self.deleted.iter().chain(&self.deleted_trees) {
            check_owner(path.as_str())?;
        }
        let mut previous = String::new();
        // The puts that the previous path starts with, by their length: paths
        // between a leaf and its would-be children share its text (`/a`, `/a-b`,
        // `/a/c`), so they are all that can be in the way.
        let mut open: Vec<usize> = Vec::new();
        self.try_each_put(|path, _, _| {
            check_owner(path)?;
            if path == "/" {
                return Err(Error::invalid("the root `/` is a directory and cannot have a value"));
            }
            if previous == path {
                return Err(Error::invalid(format!("`{path}` is set twice in one commit")));
            }
            let bytes = path.as_bytes();
            while open.last().is_some_and(|l| bytes.get(..*l) != previous.as_bytes().get(..*l)) {
                open.pop();
            }
            if let Some(length) = open.iter().find(|l| bytes.get(**l) == Some(&b'/')) {
                return Err(Error::invalid(format!(
                    "`{}` gets a value and, by `{path}`, children in one commit",
                    &path[..*length]
                )));
            }
            open.push(path.len());
            path.clone_into(&mut previous);
            Ok(())
        })
    }

    fn sort(&mut self) {
        if self.leases.is_empty() {
            return self.puts.sort();
        }
        let order = self.puts.sorted();
        let leases = std::mem::take(&mut self.leases);
        self.leases = order
            .iter()
            .enumerate()
            .filter_map(|(new, old)| Some((new as u32, *leases.get(old)?)))
            .collect();
        self.puts.arrange(&order);
    }
}

/// Log and generations are written by the stores alone.
fn check_owner(path: &str) -> Result<()> {
    if commit::is_bookkeeping(path) {
        return Err(Error::invalid(format!("`{path}` is written by the store itself")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn puts_come_back_sorted_with_their_leases() {
        let mut changes = Changes::new();
        changes.put(&path("/b/x"), "1");
        changes.put_with_lease(&path("/a/y"), "two\n", 7);
        changes.put(&path("/a"), "");
        changes.delete(&path("/z"));
        assert!(changes.settle().is_err(), "`/a` is leaf and directory");

        let mut changes = Changes::new();
        changes.put(&path("/b/x"), "1");
        changes.put_with_lease(&path("/a/y"), "two\n", 7);
        changes.put(&path("/a-b"), "");
        changes.settle().unwrap();
        let mut seen = Vec::new();
        changes.each_put(|path, value, lease| seen.push((path.to_owned(), value, lease)));
        assert_eq!(
            seen,
            [
                ("/a-b".to_owned(), "", None),
                ("/a/y".to_owned(), "two\n", Some(7)),
                ("/b/x".to_owned(), "1", None)
            ]
        );
    }

    #[test]
    fn a_put_is_found_among_its_neighbours() {
        let mut changes = Changes::new();
        let texts = ["/a-b", "/a/c", "/a/c-d", "/ab", "/é/x", "/z"];
        texts.iter().for_each(|text| changes.put(&path(text), "v"));
        changes.settle().unwrap();
        assert!(texts.iter().all(|text| changes.puts_path(text)));
        assert!(["/", "/a", "/a/", "/a/b", "/a/c/d", "/zz"].iter().all(|t| !changes.puts_path(t)));
    }

    #[test]
    fn the_root_and_the_bookkeeping_are_not_written() {
        for text in ["/", "/_metactl/log", "/_metactl/gen/cl-1"] {
            let mut changes = Changes::new();
            changes.put(&path(text), "v");
            assert!(changes.settle().is_err(), "{text}");
        }
        let mut changes = Changes::new();
        changes.delete_tree(&path("/_metactl/gen"));
        assert!(changes.settled().is_err());
    }

    #[test]
    fn a_path_is_put_once_and_is_leaf_or_directory() {
        let refused = |paths: &[&str]| {
            let mut changes = Changes::new();
            paths.iter().for_each(|text| changes.put(&path(text), "v"));
            changes.settle().unwrap_err().message().to_owned()
        };
        assert!(refused(&["/a", "/b", "/a"]).contains("`/a` is set twice"));
        assert!(refused(&["/a", "/a-b", "/a/c"]).contains("`/a/c`"));
    }
}
