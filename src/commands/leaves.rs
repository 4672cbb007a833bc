//! Leaves and directories in the forms that `get`, `tree` and `dump` share.

use std::io::{self, Write};

use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::read::Content;
use crate::ui::{Format, escape};

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
