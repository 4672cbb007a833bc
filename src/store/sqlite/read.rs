//! Reads of keys and subtrees, streamed row by row.

use rusqlite::{OptionalExtension, Row};

use super::failure::Result;
use super::meta::number;
use super::snapshot::{Snapshot, When};
use crate::model::path::Path;
use crate::store::commit::unit_key;
use crate::store::{Item, Sink, What};

/// The texts between which everything below a directory sorts.
pub(super) fn below(directory: &str) -> (String, String) {
    let directory = if directory == "/" { "" } else { directory };
    // `0` is the character after `/`.
    (format!("{directory}/"), format!("{directory}0"))
}

impl Snapshot<'_> {
    /// Gives every leaf of `what` to the sink.
    pub(super) fn read(&self, what: &What, sink: Sink<'_>) -> Result<()> {
        match what {
            What::Key(path) => match unit_key(path.as_str()) {
                Some(unit) => self.generation(path, unit, sink),
                None => self.key(path.as_str(), sink).map(|_| ()),
            },
            What::Subtree(top) | What::All(top) => {
                if self.key(top.as_str(), sink)? {
                    return Ok(()); // a leaf has no children
                }
                self.subtree(top.as_str(), sink)
            }
        }
    }

    fn key(&self, path: &str, sink: Sink<'_>) -> Result<bool> {
        let (sql, revision) = match self.when {
            When::Now { .. } => (
                "SELECT path, value, create_rev, mod_rev, lease FROM current WHERE path = ?1",
                None,
            ),
            When::Then => (
                "SELECT path, value, create_rev, rev, lease FROM history
                 WHERE path = ?1 AND rev <= ?2 ORDER BY rev DESC LIMIT 1",
                Some(number(self.revision)),
            ),
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.raw_bind_parameter(1, path)?;
        revision.map_or(Ok(()), |revision| statement.raw_bind_parameter(2, revision))?;
        let mut rows = statement.raw_query();
        rows.next()?.map_or(Ok(false), |row| self.give(row, sink))
    }

    fn subtree(&self, top: &str, sink: Sink<'_>) -> Result<()> {
        let (sql, revision) = match self.when {
            When::Now { .. } => (
                "SELECT path, value, create_rev, mod_rev, lease FROM current
                 WHERE path > ?1 AND path < ?2 ORDER BY path",
                None,
            ),
            // SQLite takes the other columns from the row that has the maximum.
            When::Then => (
                "SELECT path, value, create_rev, max(rev), lease FROM history
                 WHERE path > ?1 AND path < ?2 AND rev <= ?3 GROUP BY path ORDER BY path",
                Some(number(self.revision)),
            ),
        };
        let (low, high) = below(top);
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.raw_bind_parameter(1, low)?;
        statement.raw_bind_parameter(2, high)?;
        revision.map_or(Ok(()), |revision| statement.raw_bind_parameter(3, revision))?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            self.give(row, sink)?;
        }
        Ok(())
    }

    /// Gives one row to the sink, unless it is a deletion or its lease has run out.
    fn give(&self, row: &Row<'_>, sink: Sink<'_>) -> Result<bool> {
        let Some(value) = row.get_ref(1)?.as_str_or_null()? else { return Ok(false) };
        let lease = row.get(4)?;
        if let (Some(lease), When::Now { expired }) = (lease, &self.when)
            && expired.contains(&lease)
        {
            return Ok(false);
        }
        sink(Item {
            path: row.get_ref(0)?.as_str()?,
            value,
            create_revision: row.get::<_, i64>(2)?.unsigned_abs(),
            mod_revision: row.get::<_, i64>(3)?.unsigned_abs(),
            lease,
        })?;
        Ok(true)
    }

    /// A generation: kept beside the tree, so that no other read can meet it.
    fn generation(&self, path: &Path, unit: &str, sink: Sink<'_>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT create_rev, mod_rev FROM units WHERE unit = ?1 AND mod_rev <= ?2",
        )?;
        let found = statement.query_row((unit, number(self.revision)), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        if let Some((create, modified)) = found.optional()? {
            sink(Item {
                path: path.as_str(),
                value: "",
                create_revision: create.unsigned_abs(),
                mod_revision: modified.unsigned_abs(),
                lease: None,
            })?;
        }
        Ok(())
    }
}
