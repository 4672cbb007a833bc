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
    /// The number of leaves.
    pub(super) keys: i64,
    /// How many keys the running commit writes; not kept.
    pub(super) added: usize,
    /// When the first lease runs out, in milliseconds since 1970.
    pub(super) deadline_ms: Option<i64>,
}

impl Meta {
    /// A store in which nothing has happened.
    pub(super) const NEW: Meta =
        Meta { revision: 1, compacted: 0, keys: 0, added: 0, deadline_ms: None };

    pub(super) fn load(connection: &Connection) -> Result<Meta> {
        let mut statement = connection.prepare_cached(
            "SELECT revision, compacted, keys, (SELECT min(deadline_ms) FROM leases) FROM meta",
        )?;
        let meta = statement.query_row([], |row| {
            Ok(Meta {
                revision: row.get::<_, i64>(0)?.unsigned_abs(),
                compacted: row.get::<_, i64>(1)?.unsigned_abs(),
                keys: row.get(2)?,
                added: 0,
                deadline_ms: row.get(3)?,
            })
        })?;
        Ok(meta)
    }

    pub(super) fn save(&self, connection: &Connection) -> Result<()> {
        let mut statement = connection
            .prepare_cached("UPDATE meta SET revision = ?1, compacted = ?2, keys = ?3")?;
        statement.execute(params![number(self.revision), number(self.compacted), self.keys])?;
        Ok(())
    }

    /// The oldest revision that can be read.
    pub(super) fn oldest(&self) -> Revision {
        self.compacted.max(1)
    }
}

/// A revision as SQLite holds numbers; they only count up from 1.
pub(super) fn number(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
