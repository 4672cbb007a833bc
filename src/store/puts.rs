//! Paths and values of a commit, in little more memory than their text.

use std::cmp::Ordering;
use std::collections::HashMap;

/// How many records there are from one whose place is kept to the next.
const STRIDE: usize = 16;
/// The size of a block of the text, in bytes.
const SMALLEST_BLOCK: usize = 256;
const LARGEST_BLOCK: usize = 1 << 20;
/// The most bytes that a number is written with.
const LONGEST_NUMBER: usize = usize::BITS.div_ceil(6) as usize;

/// Leaves by number. A leaf is kept as one record in a text: the number of its
/// directory (shared by all keys in it), two lengths, name and value.
#[derive(Debug, Clone, Default)]
pub(super) struct Puts {
    directories: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The directory of the newest leaf, which often is the next one's too.
    newest: u32,
    text: Text,
    count: usize,
    /// Where every [`STRIDE`]-th record of the text starts.
    marks: Vec<u32>,
    /// Where the records start, in the order of the leaves; empty while that is
    /// the order of the text, as it is for documents that are sorted.
    order: Vec<u32>,
    overflowed: bool,
}

/// One leaf, borrowed.
#[derive(Clone, Copy)]
pub(super) struct Put<'a> {
    pub(super) directory: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl Puts {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether there was more than 4 GiB of text, the rest of which is not here.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    pub(super) fn push(&mut self, put: Put<'_>) {
        let Put { directory, name, value } = put;
        let Ok(start) = u32::try_from(self.text.len()) else {
            self.overflowed = true;
            return;
        };
        if self.directories.get(self.newest as usize).is_none_or(|newest| **newest != *directory) {
            self.newest = self.number(directory);
        }
        let text = self.text.room(3 * LONGEST_NUMBER + name.len() + value.len());
        write_number(text, self.newest as usize);
        write_number(text, name.len());
        write_number(text, value.len());
        text.push_str(name);
        text.push_str(value);
        if self.count.is_multiple_of(STRIDE) {
            self.marks.push(start);
        }
        if !self.order.is_empty() {
            self.order.push(start);
        }
        self.count += 1;
    }

    fn number(&mut self, directory: &str) -> u32 {
        if let Some(number) = self.numbers.get(directory) {
            return *number;
        }
        // Each takes a record of its own, of which there are less than 2^32.
        let number = self.directories.len() as u32;
        self.directories.push(directory.into());
        self.numbers.insert(directory.into(), number);
        number
    }

    /// The leaf of that number, if there are as many.
    pub(super) fn get(&self, index: usize) -> Option<Put<'_>> {
        if !self.order.is_empty() {
            return self.record(*self.order.get(index)?);
        }
        let mark = *self.marks.get(index / STRIDE)?;
        self.records(mark as usize).nth(index % STRIDE).map(|(_, put)| put)
    }

    /// The leaves in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Put<'_>> {
        // One of the two is empty.
        let in_text = if self.order.is_empty() { 0 } else { self.text.len() };
        let of_text = self.records(in_text).map(|(_, put)| put);
        self.order.iter().filter_map(|start| self.record(*start)).chain(of_text)
    }

    /// The records of the text from `start` on, each with its place.
    fn records(&self, mut start: usize) -> impl Iterator<Item = (usize, Put<'_>)> {
        std::iter::from_fn(move || {
            let (put, next) = self.record_at(start)?;
            Some((std::mem::replace(&mut start, next), put))
        })
    }

    fn record(&self, start: u32) -> Option<Put<'_>> {
        Some(self.record_at(start as usize)?.0)
    }

    /// The record at `start`, and where the next one starts.
    fn record_at(&self, start: usize) -> Option<(Put<'_>, usize)> {
        let (block, begins) = self.text.block(start)?;
        let (put, next) = record(&self.directories, block, start - begins)?;
        Some((put, begins + next))
    }

    /// Where the records start, in the order of the leaves.
    fn starts(&self) -> Vec<u32> {
        if self.order.is_empty() {
            // The text is below 4 GiB.
            return self.records(0).map(|(start, _)| start as u32).collect();
        }
        self.order.clone()
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.iter().is_sorted_by(|left, right| left.order(right) != Ordering::Greater)
    }

    /// Sorts bytewise by path.
    pub(super) fn sort(&mut self) {
        let mut starts = self.starts();
        starts.sort_unstable_by(|left, right| match (self.record(*left), self.record(*right)) {
            (Some(left), Some(right)) => left.order(&right),
            _ => Ordering::Equal,
        });
        self.order = starts;
    }

    /// The numbers of the leaves in the order of their paths.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let starts = self.starts();
        let at = |index: &u32| self.record(*starts.get(*index as usize)?);
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by(|left, right| match (at(left), at(right)) {
            (Some(left), Some(right)) => left.order(&right),
            _ => Ordering::Equal,
        });
        order
    }

    /// Brings the leaves into an order that [`Puts::sorted`] gave.
    pub(super) fn arrange(&mut self, order: &[u32]) {
        let starts = self.starts();
        self.order =
            order.iter().filter_map(|index| starts.get(*index as usize).copied()).collect();
    }

    /// Whether there is a leaf of that path; the leaves are sorted.
    pub(super) fn has(&self, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let wanted = Put { directory, name, value: "" };
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).map_or(Ordering::Less, |put| put.order(&wanted)) {
                Ordering::Equal => return true,
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        false
    }
}

impl Put<'_> {
    /// The length of the path in bytes.
    pub(super) fn path_length(&self) -> usize {
        self.directory.len() + 1 + self.name.len()
    }

    /// Compares the paths bytewise.
    fn order(&self, other: &Put<'_>) -> Ordering {
        let (left, right) = (self.directory.as_bytes(), other.directory.as_bytes());
        if left == right {
            return self.name.cmp(other.name);
        }
        let common = left.len().min(right.len());
        let (left, right) = (left.split_at(common).0, right.split_at(common).0);
        left.cmp(right).then_with(|| self.bytes().skip(common).cmp(other.bytes().skip(common)))
    }

    fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.directory.bytes().chain(std::iter::once(b'/')).chain(self.name.bytes())
    }
}

/// A text in blocks, so that what is there stays where it is while it grows.
#[derive(Debug, Clone, Default)]
struct Text {
    /// Each with its place in the whole.
    blocks: Vec<(usize, String)>,
}

impl Text {
    fn len(&self) -> usize {
        self.blocks.last().map_or(0, |(begins, block)| begins + block.len())
    }

    /// A block with room for so many bytes more, at the end.
    fn room(&mut self, bytes: usize) -> &mut String {
        let is_full = |block: &String| block.capacity() - block.len() < bytes;
        if self.blocks.last().is_none_or(|(_, block)| is_full(block)) {
            let length = self.len();
            // A small commit is to stay small.
            let capacity = length.clamp(SMALLEST_BLOCK, LARGEST_BLOCK).max(bytes);
            self.blocks.push((length, String::with_capacity(capacity)));
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last].1
    }

    /// The block that holds that place, and where it begins.
    fn block(&self, place: usize) -> Option<(&str, usize)> {
        let after = self.blocks.partition_point(|(begins, _)| *begins <= place);
        let (begins, block) = self.blocks.get(after.checked_sub(1)?)?;
        Some((block, *begins))
    }
}

/// The record at `start`, and where the next one starts.
fn record<'a>(
    directories: &'a [Box<str>],
    text: &'a str,
    start: usize,
) -> Option<(Put<'a>, usize)> {
    let (directory, at) = read_number(text.as_bytes(), start)?;
    let (name, at) = read_number(text.as_bytes(), at)?;
    let (value, at) = read_number(text.as_bytes(), at)?;
    let (value_at, end) = (at + name, at + name + value);
    let directory = directories.get(directory)?;
    Some((Put { directory, name: text.get(at..value_at)?, value: text.get(value_at..end)? }, end))
}

/// Six bits a character, the lowest first: all of them are ASCII, so the text
/// stays one.
fn write_number(text: &mut String, mut number: usize) {
    while number > 0x3f {
        text.push(char::from(0x40 | (number & 0x3f) as u8));
        number >>= 6;
    }
    text.push(char::from(number as u8));
}

fn read_number(text: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *text.get(at)?;
        number |= usize::from(byte & 0x3f).checked_shl(shift)?;
        (at, shift) = (at + 1, shift + 6);
        if byte & 0x40 == 0 {
            return Some((number, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn leaves_come_back_in_the_order_of_their_paths(
            leaves in prop::collection::vec(("(/[a-c-]{1,2}){0,3}", "[a-c-]{0,2}", "(?s).{0,90}"), 0..50)
        ) {
            let mut puts = Puts::default();
            for (directory, name, value) in &leaves {
                puts.push(Put { directory, name, value });
            }
            let path = |put: Put<'_>| format!("{}/{}", put.directory, put.name);
            let came: Vec<String> = puts.iter().map(|put| put.value.to_owned()).collect();
            prop_assert_eq!(came, leaves.iter().map(|leaf| leaf.2.clone()).collect::<Vec<_>>());
            let mut expected: Vec<String> = puts.iter().map(path).collect();
            prop_assert_eq!(puts.is_sorted(), expected.is_sorted());
            expected.sort();
            let sorted: Vec<String> =
                puts.sorted().iter().map(|n| path(puts.get(*n as usize).unwrap())).collect();
            prop_assert_eq!(&sorted, &expected);
            puts.sort();
            prop_assert_eq!(&puts.iter().map(path).collect::<Vec<_>>(), &expected);
            prop_assert!(expected.iter().all(|path| puts.has(path)));
            prop_assert!(!puts.has("/d") && !puts.has("/a/d"));
        }
    }
}
