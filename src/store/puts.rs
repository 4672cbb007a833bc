//! Paths and values of a commit, in little more memory than their text.

use std::cmp::Ordering;
use std::collections::HashMap;

/// Leaves by number. A leaf is kept as one record in a growing text: the number
/// of its directory (shared by all keys in it), two lengths, name and value.
#[derive(Debug, Clone, Default)]
pub(super) struct Puts {
    directories: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The directory of the newest leaf, which often is the next one's too.
    newest: u32,
    text: String,
    /// Where each record starts.
    starts: Vec<u32>,
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
        self.starts.len()
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
        write_number(&mut self.text, self.newest as usize);
        write_number(&mut self.text, name.len());
        write_number(&mut self.text, value.len());
        self.text.push_str(name);
        self.text.push_str(value);
        self.starts.push(start);
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
        self.record(*self.starts.get(index)?)
    }

    /// The leaves in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Put<'_>> {
        self.starts.iter().filter_map(|start| self.record(*start))
    }

    fn record(&self, start: u32) -> Option<Put<'_>> {
        record(&self.directories, &self.text, start)
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.iter().is_sorted_by(|left, right| left.order(right) != Ordering::Greater)
    }

    /// Sorts bytewise by path, in place.
    pub(super) fn sort(&mut self) {
        let Puts { directories, text, starts, .. } = self;
        starts.sort_unstable_by(|left, right| {
            match (record(directories, text, *left), record(directories, text, *right)) {
                (Some(left), Some(right)) => left.order(&right),
                _ => Ordering::Equal,
            }
        });
    }

    /// The numbers of the leaves in the order of their paths.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by(|left, right| match (self.get(*left as usize), self.get(*right as usize)) {
            (Some(left), Some(right)) => left.order(&right),
            _ => Ordering::Equal,
        });
        order
    }

    /// Brings the leaves into an order that [`Puts::sorted`] gave.
    pub(super) fn arrange(&mut self, order: &[u32]) {
        self.starts =
            order.iter().filter_map(|index| self.starts.get(*index as usize).copied()).collect();
    }

    /// Whether there is a leaf of that path; the leaves are sorted.
    pub(super) fn has(&self, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let wanted = Put { directory, name, value: "" };
        let compare =
            |start: &u32| self.record(*start).map_or(Ordering::Less, |put| put.order(&wanted));
        self.starts.binary_search_by(compare).is_ok()
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

fn record<'a>(directories: &'a [Box<str>], text: &'a str, start: u32) -> Option<Put<'a>> {
    let (directory, at) = read_number(text.as_bytes(), start as usize)?;
    let (name, at) = read_number(text.as_bytes(), at)?;
    let (value, at) = read_number(text.as_bytes(), at)?;
    Some(Put {
        directory: directories.get(directory)?,
        name: text.get(at..at + name)?,
        value: text.get(at + name..at + name + value)?,
    })
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
            leaves in prop::collection::vec(("(/[a-c-]{1,2}){0,3}", "[a-c-]{0,2}", "(?s).{0,90}"), 0..20)
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
