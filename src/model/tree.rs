//! The leaves of a tree, flat and compact, and the nested form they stand for.
//!
//! A tree of 200,000 keys is held in less memory than its own `path TAB value`
//! text takes: the directory is kept once for neighbours in it, and names and
//! values stand behind one another in blocks.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::model::nested::Nested;

/// Bytes of a block; a longer record gets a block of its own.
const BLOCK: usize = 64 * 1024;

/// In which order leaves are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Bytewise by path, as in every listing: `/a`, `/a-b`, `/a/c`.
    Listing,
    /// Directory by directory, bytewise by name, as in objects: `/a`, `/a/c`, `/a-b`.
    Nested,
}

/// Leaves of a tree, each with a path that starts with `/` and a value.
///
/// Where a foreign writer has made a path both leaf and directory, the directory
/// wins once [`Leaves::settle`] has seen both.
#[derive(Debug, Clone, Default)]
pub struct Leaves {
    directories: Vec<Box<str>>,
    blocks: Vec<Vec<u8>>,
    count: usize,
    /// Where the records are, in the order wanted; none while that is the order
    /// in which they came.
    order: Option<Vec<(u32, u32)>>,
    shadowed: HashSet<String>,
}

/// One record, borrowed: directory, name, value.
struct Record<'a> {
    directory: &'a str,
    name: &'a str,
    value: &'a str,
    /// Where the next record starts in the block.
    end: usize,
}

impl Leaves {
    /// No leaf at all.
    pub fn new() -> Leaves {
        Leaves::default()
    }

    /// How many leaves there are, shadowed ones not counted.
    pub fn len(&self) -> usize {
        self.count - self.shadowed.len()
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a leaf; every path at most once. [`Leaves::settle`] comes after the last.
    pub fn push(&mut self, path: &str, value: &str) {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if self.directories.last().is_none_or(|last| **last != *directory) {
            self.directories.push(directory.into());
        }
        let need = name.len() + value.len() + 24;
        if self.blocks.last().is_none_or(|block| block.len() + need > BLOCK) {
            if let Some(full) = self.blocks.last_mut() {
                full.shrink_to_fit();
            }
            // Small trees start small.
            let size = if self.blocks.is_empty() { need } else { BLOCK.max(need) };
            self.blocks.push(Vec::with_capacity(size));
        }
        if let Some(block) = self.blocks.last_mut() {
            write_number(block, self.directories.len() - 1);
            write_number(block, name.len());
            block.extend_from_slice(name.as_bytes());
            write_number(block, value.len());
            block.extend_from_slice(value.as_bytes());
        }
        self.count += 1;
    }

    /// Brings the leaves into `order` and lets directories win over leaves of
    /// the same path. Costs nothing for what came in the order wanted.
    pub fn settle(&mut self, order: Order) {
        if !self.is_sorted(order) {
            self.sort(order);
        }
        self.find_shadowed(order);
    }

    /// Goes through the leaves in the order of the last [`Leaves::settle`].
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { leaves: self, at: 0, block: 0, offset: 0, path: String::new(), value: "" }
    }

    /// Calls `each` with path and value of every leaf, until the first error.
    pub fn try_each<'a, E>(
        &'a self,
        mut each: impl FnMut(&str, &'a str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut cursor = self.cursor();
        while cursor.advance() {
            each(cursor.path(), cursor.value())?;
        }
        Ok(())
    }

    /// The leaves as nested maps of texts, after [`Order::Nested`].
    pub fn nested(&self) -> Nested<'_> {
        Nested::of(self)
    }

    fn is_sorted(&self, order: Order) -> bool {
        let mut last = String::new();
        self.try_each(|path, _| {
            if compare(last.bytes(), path.bytes(), order) == Ordering::Greater {
                return Err(());
            }
            last.clear();
            last.push_str(path);
            Ok(())
        })
        .is_ok()
    }

    fn sort(&mut self, order: Order) {
        let mut places = Vec::with_capacity(self.count);
        for (number, block) in self.blocks.iter().enumerate() {
            let mut offset = 0;
            while let Some(record) = self.record(number, offset).filter(|_| offset < block.len()) {
                places.push((number as u32, offset as u32));
                offset = record.end;
            }
        }
        let place = |place: &(u32, u32)| self.record(place.0 as usize, place.1 as usize);
        places.sort_unstable_by(|left, right| match (place(left), place(right)) {
            (Some(left), Some(right)) if left.directory == right.directory => {
                left.name.cmp(right.name)
            }
            (Some(left), Some(right)) => compare(left.path_bytes(), right.path_bytes(), order),
            _ => Ordering::Equal,
        });
        self.order = Some(places);
    }

    fn find_shadowed(&mut self, order: Order) {
        let mut shadowed = HashSet::new();
        let mut last = String::new();
        // Lengths of the leaves whose text the last path starts with.
        let mut open: Vec<usize> = Vec::new();
        let _: Result<(), ()> = self.try_each(|path, _| {
            open.retain(|length| last.as_bytes().get(..*length) == path.as_bytes().get(..*length));
            for length in &open {
                if let Some((leaf, rest)) = path.split_at_checked(*length)
                    && rest.starts_with('/')
                {
                    shadowed.insert(leaf.to_owned());
                }
            }
            if order == Order::Nested {
                // What is below a leaf comes right after it.
                open.clear();
            }
            open.push(path.len());
            last.clear();
            last.push_str(path);
            Ok(())
        });
        self.shadowed = shadowed;
    }

    fn record(&self, block: usize, offset: usize) -> Option<Record<'_>> {
        let bytes = self.blocks.get(block)?;
        let (directory, at) = read_number(bytes, offset)?;
        let (length, at) = read_number(bytes, at)?;
        let name = std::str::from_utf8(bytes.get(at..at + length)?).ok()?;
        let (size, start) = read_number(bytes, at + length)?;
        let value = std::str::from_utf8(bytes.get(start..start + size)?).ok()?;
        let directory = self.directories.get(directory)?;
        Some(Record { directory, name, value, end: start + size })
    }
}

impl<'a> Record<'a> {
    fn path_bytes(&self) -> impl Iterator<Item = u8> + 'a {
        self.directory.bytes().chain(std::iter::once(b'/')).chain(self.name.bytes())
    }
}

/// Compares two paths; for objects `/` comes before every other character, as
/// no name holds anything below it.
fn compare(
    left: impl Iterator<Item = u8>,
    right: impl Iterator<Item = u8>,
    order: Order,
) -> Ordering {
    match order {
        Order::Listing => left.cmp(right),
        Order::Nested => {
            let key = |byte| if byte == b'/' { 0 } else { byte };
            left.map(key).cmp(right.map(key))
        }
    }
}

/// Seven bits a byte, the lowest first.
fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *bytes.get(at)?;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        (at, shift) = (at + 1, shift + 7);
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
    }
}

/// Stands on one leaf after another.
#[derive(Clone)]
pub struct Cursor<'a> {
    leaves: &'a Leaves,
    at: usize,
    block: usize,
    offset: usize,
    path: String,
    value: &'a str,
}

impl<'a> Cursor<'a> {
    /// Goes to the next leaf (at first, to the first one); false after the last.
    pub fn advance(&mut self) -> bool {
        while let Some(record) = self.step() {
            self.path.clear();
            self.path.push_str(record.directory);
            self.path.push('/');
            self.path.push_str(record.name);
            self.value = record.value;
            if self.leaves.shadowed.is_empty() || !self.leaves.shadowed.contains(&self.path) {
                return true;
            }
        }
        false
    }

    /// The path of the leaf it stands on.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of the leaf it stands on.
    pub fn value(&self) -> &'a str {
        self.value
    }

    fn step(&mut self) -> Option<Record<'a>> {
        if let Some(order) = &self.leaves.order {
            let (block, offset) = *order.get(self.at)?;
            self.at += 1;
            return self.leaves.record(block as usize, offset as usize);
        }
        if self.offset >= self.leaves.blocks.get(self.block)?.len() {
            (self.block, self.offset) = (self.block + 1, 0);
        }
        let record = self.leaves.record(self.block, self.offset)?;
        self.offset = record.end;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(pairs: &[(&str, &str)], order: Order) -> Leaves {
        let mut leaves = Leaves::new();
        pairs.iter().for_each(|(path, value)| leaves.push(path, value));
        leaves.settle(order);
        leaves
    }

    fn listed(leaves: &Leaves) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let _: Result<(), ()> = leaves.try_each(|path, value| {
            all.push((path.to_owned(), value.to_owned()));
            Ok(())
        });
        all
    }

    #[test]
    fn objects_sort_names_and_listings_paths() {
        let pairs = [("/a-b", "1"), ("/a/x", "2"), ("/a/y/z", "3"), ("/b", "4")];
        let nested = leaves(&pairs, Order::Nested);
        assert_eq!(
            serde_json::to_string(&nested.nested()).unwrap(),
            r#"{"a":{"x":"2","y":{"z":"3"}},"a-b":"1","b":"4"}"#
        );
        let paths: Vec<_> =
            listed(&leaves(&pairs, Order::Listing)).into_iter().map(|l| l.0).collect();
        assert_eq!(paths, ["/a-b", "/a/x", "/a/y/z", "/b"]);
    }

    #[test]
    fn a_directory_wins_over_a_leaf_of_its_path() {
        let pairs = [("/a", "lost"), ("/a-b", "1"), ("/a/x", "2")];
        for order in [Order::Listing, Order::Nested] {
            let leaves = leaves(&pairs, order);
            assert_eq!(leaves.len(), 2);
            assert!(listed(&leaves).iter().all(|(path, _)| path != "/a"));
        }
        let nested = leaves(&pairs, Order::Nested);
        let json = serde_json::to_string(&nested.nested()).unwrap();
        assert_eq!(json, r#"{"a":{"x":"2"},"a-b":"1"}"#);
    }

    #[test]
    fn many_keys_take_less_than_their_text() {
        let mut leaves = Leaves::new();
        let mut text = 0;
        for host in 0..1000 {
            for key in
                ["cpu", "eip", "gid", "gsid", "ip", "mac", "memory", "node_id", "role", "sid"]
            {
                let path = format!("/cl-abcdefgh/hosts/worker/i-{host:08}/{key}");
                leaves.push(&path, "1234");
                text += path.len() + 4 + 2;
            }
        }
        leaves.settle(Order::Nested);
        let held = leaves.blocks.iter().map(Vec::capacity).sum::<usize>()
            + leaves.directories.iter().map(|text| text.len() + 16).sum::<usize>();
        assert!(held < text / 2, "{held} bytes for {text}");
        assert!(leaves.order.is_none(), "what comes in order needs no index");
    }
}
