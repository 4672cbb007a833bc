//! Neighbours in a directory, packed: names and values stand behind one another in one text.

use std::cmp::Ordering;
use std::sync::Arc;

use super::directory::Directory;
use crate::store::Revision;

/// Where a chunk is split: changing one entry copies its chunk.
const MOST_BYTES: usize = 2048;
const MOST_ENTRIES: usize = 64;

/// One entry of a directory, borrowed.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    Leaf {
        value: &'a str,
        changed: Revision,
    },
    Directory(&'a Arc<Directory>),
    /// Nothing any more; kept for when that came to be.
    Gone {
        changed: Revision,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Leaf,
    Directory,
    Gone,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    changed: Revision,
    /// Bytes of the value; 0 for what is no leaf.
    value: u32,
    /// Bytes of the name; a path has 4,096 at most.
    name: u16,
    kind: Kind,
}

impl Record {
    fn len(&self) -> usize {
        usize::from(self.name) + self.value as usize
    }
}

/// Where an entry is, or would be.
#[derive(Clone, Copy)]
pub(super) struct Place {
    record: usize,
    offset: usize,
    directory: usize,
}

#[derive(Clone, Default)]
pub(super) struct Chunk {
    text: String,
    records: Vec<Record>,
    directories: Vec<Arc<Directory>>,
}

impl Chunk {
    /// The name of the first entry: empty for a chunk without any.
    pub(super) fn first_name(&self) -> &str {
        self.records.first().map_or("", |record| self.slice(0, usize::from(record.name)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn slice(&self, start: usize, length: usize) -> &str {
        self.text.get(start..start + length).unwrap_or_default()
    }

    /// Where `name` is, or where it would be put.
    pub(super) fn find(&self, name: &str) -> Result<Place, Place> {
        let mut place = Place { record: 0, offset: 0, directory: 0 };
        for record in &self.records {
            match self.slice(place.offset, usize::from(record.name)).cmp(name) {
                Ordering::Less => place = next(place, record),
                Ordering::Equal => return Ok(place),
                Ordering::Greater => return Err(place),
            }
        }
        Err(place)
    }

    pub(super) fn entry(&self, place: Place) -> Option<Entry<'_>> {
        let record = self.records.get(place.record)?;
        Some(match record.kind {
            Kind::Leaf => Entry::Leaf {
                value: self.slice(place.offset + usize::from(record.name), record.value as usize),
                changed: record.changed,
            },
            Kind::Directory => Entry::Directory(self.directories.get(place.directory)?),
            Kind::Gone => Entry::Gone { changed: record.changed },
        })
    }

    /// All entries in the order of their names.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Entry<'_>)> {
        let mut place = Place { record: 0, offset: 0, directory: 0 };
        self.records.iter().filter_map(move |record| {
            let here = place;
            place = next(place, record);
            Some((self.slice(here.offset, usize::from(record.name)), self.entry(here)?))
        })
    }

    /// The directory at a place that [`Chunk::find`] has found to be one.
    pub(super) fn directory_mut(&mut self, place: Place) -> Option<&mut Directory> {
        self.directories.get_mut(place.directory).map(Arc::make_mut)
    }

    /// Takes the entry at `place` out.
    pub(super) fn remove(&mut self, place: Place) {
        let Some(record) = self.records.get(place.record).copied() else { return };
        self.records.remove(place.record);
        self.text.replace_range(place.offset..place.offset + record.len(), "");
        if record.kind == Kind::Directory {
            self.directories.remove(place.directory);
        }
    }

    pub(super) fn insert_leaf(&mut self, place: Place, name: &str, value: &str, changed: Revision) {
        let record = Record {
            changed,
            value: value.len() as u32,
            name: name.len() as u16,
            kind: Kind::Leaf,
        };
        self.records.insert(place.record, record);
        self.text.insert_str(place.offset, value);
        self.text.insert_str(place.offset, name);
    }

    pub(super) fn insert_gone(&mut self, place: Place, name: &str, changed: Revision) {
        self.insert_leaf(place, name, "", changed);
        if let Some(record) = self.records.get_mut(place.record) {
            record.kind = Kind::Gone;
        }
    }

    pub(super) fn insert_directory(&mut self, place: Place, name: &str, directory: Directory) {
        self.insert_leaf(place, name, "", 0);
        if let Some(record) = self.records.get_mut(place.record) {
            record.kind = Kind::Directory;
        }
        self.directories.insert(place.directory, Arc::new(directory));
    }

    /// The second part of a chunk that has become too large. What is written in
    /// order fills chunks to the brim, as there `place` is the last one.
    pub(super) fn split(&mut self, place: Place) -> Option<Chunk> {
        let too_large = self.text.len() > MOST_BYTES || self.records.len() > MOST_ENTRIES;
        if !too_large || self.records.len() < 2 {
            return None;
        }
        let is_last = place.record + 1 == self.records.len();
        let middle = if is_last { place.record } else { self.records.len() / 2 };
        let at = self.records.iter().take(middle);
        let at = at.fold(Place { record: 0, offset: 0, directory: 0 }, next);
        Some(Chunk {
            text: self.text.split_off(at.offset),
            records: self.records.split_off(at.record),
            directories: self.directories.split_off(at.directory),
        })
    }

    /// Gives back the room that growing has left.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.records.shrink_to_fit();
        self.directories.shrink_to_fit();
        self.directories.iter_mut().for_each(|directory| Arc::make_mut(directory).shrink());
    }

    /// About the bytes that this chunk alone takes, directories not counted.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Chunk>()
            + self.text.capacity()
            + self.records.capacity() * size_of::<Record>()
            + self.directories.capacity() * size_of::<Arc<Directory>>()
    }
}

fn next(place: Place, record: &Record) -> Place {
    Place {
        record: place.record + 1,
        offset: place.offset + record.len(),
        directory: place.directory + usize::from(record.kind == Kind::Directory),
    }
}
