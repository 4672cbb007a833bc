//! The sentences in which every store refuses the same thing.

use super::{Guard, Revision};
use crate::error::{Error, Kind};

/// A guard that does not hold; `found` is the revision of what is there: of the
/// leaf, or of the unit's newest commit.
pub(super) fn guard(guard: &Guard, found: Option<Revision>) -> Error {
    let there = |path: &_, else_: &str| match found {
        Some(revision) => format!("`{path}` {else_} {revision}"),
        None => format!("`{path}` is not there"),
    };
    Error::conflict(match guard {
        Guard::Absent(path) | Guard::Revision(path, 0) => there(path, "is there since revision"),
        Guard::Revision(path, wanted) => {
            format!("{}, not at revision {wanted}", there(path, "was last changed by revision"))
        }
        Guard::Value(path, _) => there(path, "has another value, of revision"),
        Guard::Unchanged { unit, since } => format!(
            "`{unit}` was changed by revision {}, after revision {since}",
            found.unwrap_or_default()
        ),
    })
}

/// A put below a leaf.
pub(super) fn below_leaf(path: &str, leaf: &str) -> Error {
    Error::conflict(format!("`{path}` cannot be set: `{leaf}` has a value and is no directory"))
}

/// A put on a directory.
pub(super) fn on_directory(path: &str) -> Error {
    Error::conflict(format!("`{path}` cannot be set: it is a directory"))
}

/// A revision before the oldest one that is kept.
pub(super) fn compacted(revision: Revision, oldest: Revision) -> Error {
    Error::new(
        Kind::Compacted,
        format!("revision `{revision}` is no longer kept; the oldest readable one is {oldest}"),
    )
}

/// A revision that has not happened.
pub(super) fn future(revision: Revision, newest: Revision) -> Error {
    Error::invalid(format!("revision `{revision}` has not happened yet; the newest is {newest}"))
}

/// A lease that is not, or no longer, there.
pub(super) fn no_lease(lease: i64) -> Error {
    Error::not_found(format!("lease `{lease}` is not there or has run out"))
}
