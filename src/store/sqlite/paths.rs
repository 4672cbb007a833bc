//! Many paths as one text: each line says how many bytes the path shares with the
//! one before it, and what follows. Neighbours share most of theirs.

use std::fmt::Write;

/// A list that is being written.
#[derive(Debug, Default)]
pub(super) struct List {
    text: String,
    last: String,
    count: usize,
}

impl List {
    /// Appends a path; it holds no control character, so a line is a line.
    pub(super) fn push(&mut self, path: &str) {
        let mut shared = self.last.len();
        // Whole directories only: quickly found, and never half a character.
        while path.get(..shared) != self.last.get(..shared) {
            let last = self.last.get(..shared).unwrap_or_default();
            let last = last.strip_suffix('/').unwrap_or(last);
            shared = last.rfind('/').map_or(0, |slash| slash + 1);
        }
        let rest = path.get(shared..).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{shared} {rest}");
        self.last.truncate(shared);
        self.last.push_str(rest);
        self.count += 1;
    }

    /// How many paths are in it.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The text; the list is empty afterwards.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(self).text
    }
}

/// Calls `each` with every path of a list's text, up to the first error.
pub(super) fn each<E>(text: &str, mut each: impl FnMut(&str) -> Result<(), E>) -> Result<usize, E> {
    let mut path = String::new();
    let mut count = 0;
    for (shared, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        // What is damaged is no reason to panic.
        let shared = path.floor_char_boundary(shared.parse().unwrap_or(0));
        path.truncate(shared);
        path.push_str(rest);
        each(&path)?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut paths = Vec::new();
        let read = each(text, |path| {
            paths.push(path.to_owned());
            Ok::<(), ()>(())
        });
        assert_eq!(read, Ok(paths.len()));
        paths
    }

    #[test]
    fn neighbours_share_their_start() {
        let mut list = List::default();
        ["/a/b 1/c", "/a/b 1/é", "/a/b 1/è", "/z"].iter().for_each(|path| list.push(path));
        assert_eq!(list.count(), 4);
        let text = list.take();
        assert_eq!(text, "0 /a/b 1/c\n7 é\n7 è\n1 z\n");
        assert_eq!(read(&text), ["/a/b 1/c", "/a/b 1/é", "/a/b 1/è", "/z"]);
        assert_eq!(list.count(), 0);
    }

    #[test]
    fn a_damaged_text_is_read_without_panic() {
        assert_eq!(read("9 /a\nx\n99999999999999999999999 /é\n2 b\n"), ["/a", "/é", "/b"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(paths in proptest::collection::vec("(/[a-c é𝄞]{1,3}){1,4}", 0..20)) {
            let mut list = List::default();
            paths.iter().for_each(|path| list.push(path));
            prop_assert_eq!(read(&list.take()), paths);
        }
    }
}
