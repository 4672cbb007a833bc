//! The one row that says where the store stands.

use rusqlite::{Connection, params};

use super::failure::Result;
use crate::store::Revision;

/// The row of `meta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) revision: Revision,
    /// What lies before is, or is being, forgotten; 0: nothing.
    pub(super) compacted: Revision,
    /// How far the forgetting has come, as a `seq` of history.
    pub(super) cursor: i64,
    /// The newest `seq`.
    pub(super) seq: i64,
    /// The number of leaves.
    pub(super) keys: i64,
    /// When the first lease runs out, in milliseconds since 1970.
    pub(super) deadline_ms: Option<i64>,
}

impl Meta {
    /// A store in which nothing has happened.
    pub(super) const NEW: Meta =
        Meta { revision: 1, compacted: 0, cursor: 0, seq: 0, keys: 0, deadline_ms: None };

    pub(super) fn load(connection: &Connection) -> Result<Meta> {
        let mut statement = connection.prepare_cached(
            "SELECT revision, compacted, cursor, seq, keys,
               (SELECT min(deadline_ms) FROM leases) FROM meta",
        )?;
        let meta = statement.query_row([], |row| {
            Ok(Meta {
                revision: row.get::<_, i64>(0)?.unsigned_abs(),
                compacted: row.get::<_, i64>(1)?.unsigned_abs(),
                cursor: row.get(2)?,
                seq: row.get(3)?,
                keys: row.get(4)?,
                deadline_ms: row.get(5)?,
            })
        })?;
        Ok(meta)
    }

    pub(super) fn save(&self, connection: &Connection) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE meta SET revision = ?1, compacted = ?2, cursor = ?3, seq = ?4, keys = ?5",
        )?;
        let (revision, compacted) = (number(self.revision), number(self.compacted));
        statement.execute(params![revision, compacted, self.cursor, self.seq, self.keys])?;
        Ok(())
    }

    /// The oldest revision that can be read.
    pub(super) fn oldest(&self) -> Revision {
        self.compacted.max(1)
    }

    /// The first `seq` of the commits after `revision`.
    pub(super) fn seq_after(&self, connection: &Connection, revision: Revision) -> Result<i64> {
        if revision >= self.revision {
            return Ok(self.seq + 1);
        }
        let mut statement = connection
            .prepare_cached("SELECT first_seq FROM commits WHERE rev > ?1 ORDER BY rev LIMIT 1")?;
        Ok(statement.query_row([number(revision)], |row| row.get(0))?)
    }
}

/// A revision as SQLite holds numbers; they only count up from 1.
pub(super) fn number(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
