//! Leaves and directories in the forms that `get`, `tree` and `dump` share.

use std::io::{self, Write};

use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::read::Content;
use crate::ui::{Format, escape, yaml};

/// The order in which leaves are wanted for a form.
pub fn order(format: Format) -> Order {
    match format {
        Format::Json | Format::Yaml | Format::Tree => Order::Nested,
        Format::Text | Format::Table | Format::Env | Format::Value => Order::Listing,
    }
}

/// One line for each leaf: `before` and the path, a tab, the escaped value.
pub fn lines(out: &mut dyn Write, before: &str, leaves: &Leaves) -> io::Result<()> {
    leaves.try_each(|path, value| writeln!(out, "{before}{path}\t{}", escape(value)))
}

/// A value as it is, with a newline at its end unless there is one.
pub fn value(out: &mut dyn Write, value: &str) -> io::Result<()> {
    out.write_all(value.as_bytes())?;
    if value.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
}

/// The values of a leaf or of all leaves of a directory, one after another.
pub fn values(out: &mut dyn Write, content: &Content) -> io::Result<()> {
    match content {
        Content::Leaf(text) => value(out, text),
        Content::Directory(leaves) => leaves.try_each(|_, text| value(out, text)),
    }
}

/// Leaves as nested maps of YAML, written leaf by leaf: a large tree is never
/// built in memory. `indent` is the column of the topmost keys.
pub fn yaml(out: &mut dyn Write, leaves: &Leaves, indent: usize) -> io::Result<()> {
    const STEP: usize = 2;
    if leaves.is_empty() {
        return writeln!(out, "{{}}");
    }
    let mut above: Vec<String> = Vec::new();
    leaves.try_each(|path, value| {
        let mut segments: Vec<&str> = path.split('/').skip(1).collect();
        let name = segments.pop().unwrap_or_default();
        let shared = above.iter().zip(&segments).take_while(|(old, new)| old == new).count();
        above.truncate(shared);
        for directory in segments.iter().skip(shared) {
            let column = indent + STEP * above.len();
            writeln!(out, "{:column$}{}", "", yaml::key(directory, column))?;
            above.push((*directory).to_owned());
        }
        let column = indent + STEP * above.len();
        let key = yaml::key(name, column);
        writeln!(out, "{:column$}{key} {}", "", yaml::scalar(value, column + STEP))
    })
}

/// Relative paths and values, as `-o env` names its variables: a leaf goes by
/// its last name.
pub fn variables(path: &Path, content: &Content) -> Vec<(String, String)> {
    match content {
        Content::Leaf(value) => vec![(path.name().unwrap_or_default().to_owned(), value.clone())],
        Content::Directory(leaves) => {
            let mut all = Vec::with_capacity(leaves.len());
            let mut cursor = leaves.cursor();
            while cursor.advance() {
                all.push((cursor.path().to_owned(), cursor.value().to_owned()));
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Writing leaf by leaf gives what writing the whole document gives.
        #[test]
        fn the_yaml_is_that_of_the_whole_document(
            map in proptest::collection::btree_map("(/[a-c. -]{1,3}){1,3}", "(?s).{0,9}", 1..20),
        ) {
            let mut leaves = Leaves::new();
            map.iter().for_each(|(path, value)| leaves.push(path, value));
            leaves.settle(Order::Nested);
            let mut streamed = Vec::new();
            yaml(&mut streamed, &leaves, 0).unwrap();
            let mut whole = Vec::new();
            yaml::write(&mut whole, &serde_json::to_value(leaves.nested()).unwrap()).unwrap();
            let (streamed, whole) = (String::from_utf8(streamed), String::from_utf8(whole));
            prop_assert_eq!(streamed.unwrap(), whole.unwrap());
        }
    }
}
