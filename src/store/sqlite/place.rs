//! Whether a new leaf has a place: no leaf above it, nothing below it.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

use super::failure::Result;
use super::read::below;
use crate::store::{LeaseId, refusals};

/// What is at a path.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) value_is_same: bool,
    pub(super) create: i64,
    pub(super) lease: Option<LeaseId>,
}

/// Looks up paths that come in bytewise order, and remembers enough not to ask
/// again for each of many neighbours.
pub(super) struct Places<'c> {
    next: CachedStatement<'c>,
    leaf: CachedStatement<'c>,
    inside: CachedStatement<'c>,
    gap: Gap,
    /// The newest directory that was found to have no leaf above it, nor to be one.
    clear: String,
}

/// What is known of the paths that come next.
enum Gap {
    Unknown,
    /// There is nothing before this path.
    Until(String),
    /// There is nothing any more.
    Open,
}

impl<'c> Places<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self> {
        Ok(Places {
            next: connection.prepare_cached(
                "SELECT path, value, create_rev, lease FROM current
                 WHERE path >= ?1 ORDER BY path LIMIT 1",
            )?,
            leaf: connection.prepare_cached("SELECT 1 FROM current WHERE path = ?1")?,
            inside: connection
                .prepare_cached("SELECT 1 FROM current WHERE path > ?1 AND path < ?2 LIMIT 1")?,
            gap: Gap::Unknown,
            clear: String::new(),
        })
    }

    /// What is at `path`, which sorts behind all paths asked for before.
    pub(super) fn held(&mut self, path: &str, value: &str) -> Result<Option<Held>> {
        match &self.gap {
            Gap::Open => return Ok(None),
            Gap::Until(next) if path < next.as_str() => return Ok(None),
            _ => {}
        }
        let mut rows = self.next.query([path])?;
        let Some(row) = rows.next()? else {
            self.gap = Gap::Open;
            return Ok(None);
        };
        let next = row.get_ref(0)?.as_str()?;
        if next != path {
            self.gap = Gap::Until(next.to_owned());
            return Ok(None);
        }
        self.gap = Gap::Unknown;
        Ok(Some(held(row, value)?))
    }

    /// Refuses a new leaf at `path`, for which [`Places::held`] was just none,
    /// if it has no place.
    pub(super) fn check(&mut self, path: &str) -> Result<()> {
        self.check_below(path)?;
        let parent = path.rfind('/').map_or("", |slash| &path[..slash]);
        if covers(parent, &self.clear) {
            return Ok(());
        }
        let mut above = parent;
        while !above.is_empty() && !covers(above, &self.clear) {
            if self.leaf.exists([above])? {
                return Err(refusals::below_leaf(path, above).into());
            }
            above = above.rfind('/').map_or("", |slash| &above[..slash]);
        }
        parent.clone_into(&mut self.clear);
        Ok(())
    }

    fn check_below(&mut self, path: &str) -> Result<()> {
        let rest = match &self.gap {
            Gap::Until(next) => next.strip_prefix(path).and_then(|rest| rest.bytes().next()),
            Gap::Open | Gap::Unknown => None,
        };
        // Nothing, or only what sorts behind all children; else siblings such as
        // `/a-b` may stand between `/a` and its children.
        let has_children = match rest {
            Some(b'/') => true,
            Some(first) if first < b'/' => {
                let range = below(path);
                self.inside.query_row(range, |_| Ok(())).optional()?.is_some()
            }
            _ => false,
        };
        if has_children {
            return Err(refusals::on_directory(path).into());
        }
        Ok(())
    }
}

fn held(row: &Row<'_>, value: &str) -> Result<Held> {
    Ok(Held {
        value_is_same: row.get_ref(1)?.as_str()? == value,
        create: row.get(2)?,
        lease: row.get(3)?,
    })
}

/// Whether `directory` is `path` or lies above it.
fn covers(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
