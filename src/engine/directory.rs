//! One directory of a snapshot: what it holds, and when anything in it changed last.
//!
//! Directories are shared by the snapshots they did not change between: a change
//! copies the directories above it, and in each of them one chunk.

use std::sync::Arc;

use super::chunk::{Chunk, Entry};
use crate::store::Revision;

/// How many vanished names are remembered one by one where fewer are there.
const REMEMBERED: usize = 64;

#[derive(Clone, Default)]
pub(super) struct Directory {
    /// The newest change at or below; of what is gone, too.
    changed: Revision,
    /// The newest change among the vanished names that are no longer remembered.
    forgotten: Revision,
    live: usize,
    gone: usize,
    chunks: Vec<Arc<Chunk>>,
}

/// What a path leads to.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    Leaf(&'a str),
    Directory(&'a Arc<Directory>),
    Nothing,
}

/// A leaf at the path of a directory, as foreign writers make it: the directory wins
/// while there is something in it.
pub(super) enum Clash {
    /// The leaf that was to be put.
    KeptOut,
    /// The leaf that was there: its value, and how long the path below it is.
    Covered { value: String, below: usize },
}

impl Directory {
    pub(super) fn changed(&self) -> Revision {
        self.changed
    }

    /// The newest change of the vanished names that are not remembered.
    pub(super) fn forgotten(&self) -> Revision {
        self.forgotten
    }

    pub(super) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// All entries, sorted by name.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Entry<'_>)> {
        self.chunks.iter().flat_map(|chunk| chunk.entries())
    }

    pub(super) fn entry(&self, name: &str) -> Option<Entry<'_>> {
        let chunk = self.chunks.get(self.chunk_of(name))?;
        chunk.entry(chunk.find(name).ok()?)
    }

    /// The chunk in which `name` is, if it is there.
    fn chunk_of(&self, name: &str) -> usize {
        self.chunks.partition_point(|chunk| chunk.first_name() <= name).saturating_sub(1)
    }

    /// What is at a path below, written without a leading slash, and when
    /// anything at or below it changed last.
    pub(super) fn find(&self, path: &str) -> (Found<'_>, Revision) {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        match self.entry(name) {
            None => (Found::Nothing, self.forgotten),
            Some(Entry::Gone { changed }) => (Found::Nothing, changed),
            Some(Entry::Leaf { value, changed }) => {
                (if rest.is_empty() { Found::Leaf(value) } else { Found::Nothing }, changed)
            }
            Some(Entry::Directory(directory)) if rest.is_empty() => {
                (Found::Directory(directory), directory.changed)
            }
            Some(Entry::Directory(directory)) => directory.find(rest),
        }
    }

    /// Sets the leaf at a path below, unless there is a directory; a leaf above makes
    /// room for one.
    pub(super) fn put(&mut self, path: &str, value: &str, revision: Revision) -> Option<Clash> {
        self.mark(revision);
        let Some((name, rest)) = path.split_once('/') else {
            if matches!(self.entry(path), Some(Entry::Directory(_))) {
                self.change_directory(path, revision, |there| there.mark(revision));
                return Some(Clash::KeptOut);
            }
            self.replace(path, Some((value, revision)));
            return None;
        };
        let mut clash = None;
        let covered = self.change_directory(name, revision, |below| {
            clash = below.put(rest, value, revision);
        });
        covered.map(|value| Clash::Covered { value, below: rest.len() }).or(clash)
    }

    /// Removes the leaf at a path below; directories that it leaves empty go with it.
    pub(super) fn delete(&mut self, path: &str, revision: Revision) {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        match self.entry(name) {
            Some(Entry::Directory(_)) => {
                self.change_directory(name, revision, |there| match rest {
                    // It was a leaf that the directory has hidden.
                    "" => there.mark(revision),
                    rest => there.delete(rest, revision),
                });
            }
            Some(Entry::Leaf { .. }) if rest.is_empty() => {
                self.replace(name, None);
                self.mark_gone(name, revision);
            }
            _ => return,
        }
        self.mark(revision);
    }

    fn mark(&mut self, changed: Revision) {
        self.changed = self.changed.max(changed);
    }

    /// Changes the directory `name`, which is made if it is not there, and which
    /// vanishes if the change leaves it empty. Returns the leaf that made room for it.
    fn change_directory(
        &mut self,
        name: &str,
        revision: Revision,
        change: impl FnOnce(&mut Directory),
    ) -> Option<String> {
        let mut covered = None;
        let forgotten = match self.entry(name) {
            Some(Entry::Directory(_)) => None,
            Some(Entry::Gone { changed }) => Some(changed),
            Some(Entry::Leaf { value, .. }) => {
                covered = Some(value.to_owned());
                Some(revision)
            }
            None => Some(self.forgotten),
        };
        if let Some(forgotten) = forgotten {
            self.replace(name, None);
            let made = Directory { changed: forgotten, forgotten, ..Directory::default() };
            self.insert(name, |chunk, place| chunk.insert_directory(place, name, made));
            self.live += 1;
        }
        let index = self.chunk_of(name);
        let chunk = self.chunks.get_mut(index).map(Arc::make_mut)?;
        let place = chunk.find(name).ok()?;
        let directory = chunk.directory_mut(place)?;
        change(directory);
        if directory.is_empty() {
            let changed = directory.changed;
            self.replace(name, None);
            self.mark_gone(name, changed);
        }
        covered
    }

    /// Puts a leaf in the place of what is there by that name, or nothing.
    fn replace(&mut self, name: &str, leaf: Option<(&str, Revision)>) {
        let index = self.chunk_of(name);
        if let Some(shared) = self.chunks.get_mut(index)
            && let Ok(place) = shared.find(name)
        {
            match shared.entry(place) {
                Some(Entry::Gone { .. }) => self.gone -= 1,
                _ => self.live -= 1,
            }
            let chunk = Arc::make_mut(shared);
            chunk.remove(place);
            if chunk.is_empty() {
                self.chunks.remove(index);
            }
        }
        if let Some((value, changed)) = leaf {
            self.insert(name, |chunk, place| chunk.insert_leaf(place, name, value, changed));
            self.live += 1;
        }
    }

    fn mark_gone(&mut self, name: &str, changed: Revision) {
        self.insert(name, |chunk, place| chunk.insert_gone(place, name, changed));
        self.gone += 1;
        if self.gone > REMEMBERED.max(self.live) {
            self.forget();
        }
    }

    /// Inserts what is not there yet.
    fn insert(&mut self, name: &str, insert: impl FnOnce(&mut Chunk, super::chunk::Place)) {
        if self.chunks.is_empty() {
            self.chunks.push(Arc::default());
        }
        let index = self.chunk_of(name);
        let Some(chunk) = self.chunks.get_mut(index).map(Arc::make_mut) else { return };
        let (Ok(place) | Err(place)) = chunk.find(name);
        insert(chunk, place);
        if let Some(second) = chunk.split(place) {
            self.chunks.insert(index + 1, Arc::new(second));
        }
    }

    /// Drops the older half of the vanished names: of them, only the newest
    /// change is known from now on.
    fn forget(&mut self) {
        let mut gone: Vec<(Revision, String)> = self
            .entries()
            .filter_map(|(name, entry)| match entry {
                Entry::Gone { changed } => Some((changed, name.to_owned())),
                _ => None,
            })
            .collect();
        gone.sort_unstable();
        gone.truncate(gone.len() / 2);
        for (changed, name) in gone {
            self.replace(&name, None);
            self.forgotten = self.forgotten.max(changed);
        }
    }

    /// Gives back the room that growing has left.
    pub(super) fn shrink(&mut self) {
        self.chunks.shrink_to_fit();
        self.chunks.iter_mut().for_each(|chunk| Arc::make_mut(chunk).shrink());
    }

    /// About the bytes that the directory and all below take, and how many leaves that are.
    pub(super) fn size(&self) -> (usize, usize) {
        let mut bytes = size_of::<Directory>() + self.chunks.capacity() * size_of::<usize>();
        bytes += self.chunks.iter().map(|chunk| chunk.bytes()).sum::<usize>();
        self.entries().fold((bytes, 0), |(bytes, leaves), (_, entry)| match entry {
            Entry::Leaf { .. } => (bytes, leaves + 1),
            Entry::Gone { .. } => (bytes, leaves),
            Entry::Directory(below) => {
                let (more, below) = below.size();
                (bytes + more, leaves + below)
            }
        })
    }
}
