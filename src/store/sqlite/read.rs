//! Reads of keys and subtrees, streamed row by row.

use rusqlite::{CachedStatement, OptionalExtension, Row};

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
            What::Subtree(top) => {
                if self.key(top.as_str(), sink)? {
                    return Ok(()); // a leaf has no children
                }
                match &self.when {
                    When::Now { .. } => self.subtree_now(top.as_str(), sink),
                    When::Then { end } => self.subtree_then(top.as_str(), *end, sink),
                }
            }
        }
    }

    fn key(&self, path: &str, sink: Sink<'_>) -> Result<bool> {
        match &self.when {
            When::Now { .. } => {
                let mut statement = self.connection.prepare_cached(
                    "SELECT path, value, create_rev, mod_rev, lease FROM current WHERE path = ?1",
                )?;
                let mut rows = statement.query([path])?;
                rows.next()?.map_or(Ok(false), |row| self.give(row, sink))
            }
            When::Then { end } => {
                let mut statement = self
                    .connection
                    .prepare_cached("SELECT max(seq) FROM history WHERE path = ?1 AND seq < ?2")?;
                let seq: Option<i64> = statement.query_row((path, end), |row| row.get(0))?;
                let mut version = self.version_statement()?;
                seq.map_or(Ok(false), |seq| self.version(&mut version, seq, sink))
            }
        }
    }

    fn subtree_now(&self, top: &str, sink: Sink<'_>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path, value, create_rev, mod_rev, lease FROM current
             WHERE path > ?1 AND path < ?2 ORDER BY path",
        )?;
        let mut rows = statement.query(below(top))?;
        while let Some(row) = rows.next()? {
            self.give(row, sink)?;
        }
        Ok(())
    }

    fn subtree_then(&self, top: &str, end: i64, sink: Sink<'_>) -> Result<()> {
        // Answered by the index alone, in its order.
        let mut statement = self.connection.prepare_cached(
            "SELECT max(seq) FROM history WHERE path > ?1 AND path < ?2 AND seq < ?3
             GROUP BY path ORDER BY path",
        )?;
        let (low, high) = below(top);
        let mut rows = statement.query((low, high, end))?;
        let mut version = self.version_statement()?;
        while let Some(row) = rows.next()? {
            self.version(&mut version, row.get(0)?, sink)?;
        }
        Ok(())
    }

    fn version_statement(&self) -> Result<CachedStatement<'_>> {
        Ok(self.connection.prepare_cached(
            "SELECT path, value, create_rev, rev, lease FROM history
             WHERE seq = ?1 AND value IS NOT NULL",
        )?)
    }

    fn version(
        &self,
        statement: &mut CachedStatement<'_>,
        seq: i64,
        sink: Sink<'_>,
    ) -> Result<bool> {
        let mut rows = statement.query([seq])?;
        rows.next()?.map_or(Ok(false), |row| self.give(row, sink))
    }

    /// Gives one row to the sink, unless its lease has run out.
    fn give(&self, row: &Row<'_>, sink: Sink<'_>) -> Result<bool> {
        let lease = row.get(4)?;
        if let (Some(lease), When::Now { expired }) = (lease, &self.when)
            && expired.contains(&lease)
        {
            return Ok(false);
        }
        sink(Item {
            path: row.get_ref(0)?.as_str()?,
            value: row.get_ref(1)?.as_str()?,
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
