//! Forgetting what is old, a few rows at a time.
//!
//! `compacted` moves first; then history up to there is walked in the order of
//! `seq`. Each row that is passed deletes the older ones of its path, and itself
//! if it is a deletion: what stays is the tree at `compacted` and all that came
//! after it. Every commit walks further than it adds, so the file stops growing.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::failure::Result;
use super::meta::{Meta, number};
use crate::store::Revision;
use crate::store::commit::now_ms;

/// How much history is kept; whatever is beyond one of them is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub revisions: u64,
    pub age: Duration,
}

impl Default for Keep {
    /// 100,000 revisions and 7 days.
    fn default() -> Self {
        Keep { revisions: 100_000, age: Duration::from_secs(7 * 24 * 3600) }
    }
}

/// Rows that every commit walks beside twice what it adds.
const STEP: usize = 16;
/// The most rows that one commit walks.
const MOST: usize = 4096;
/// Rows of one step of a compaction that was asked for: a few milliseconds.
pub(super) const PART: usize = 256;
/// The least pause between such steps: longer than writers wait between two tries.
pub(super) const REST: Duration = Duration::from_millis(6);

/// What one commit does for the compaction: moves `compacted` on as far as `keep`
/// asks for it, and walks some rows. `added` is how many rows it wrote.
pub(super) fn along(
    connection: &Connection,
    meta: &mut Meta,
    keep: &Keep,
    added: usize,
) -> Result<()> {
    let aged = aged(connection, meta, keep)?;
    meta.compacted = meta.compacted.max(aged).max(meta.revision.saturating_sub(keep.revisions));
    if meta.compacted > 0 {
        walk(connection, meta, (STEP + 2 * added).min(MOST))?;
    }
    Ok(())
}

/// The newest of the next few revisions that is older than `keep` allows.
fn aged(connection: &Connection, meta: &Meta, keep: &Keep) -> Result<Revision> {
    let age = i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX);
    let limit = now_ms().saturating_sub(age);
    let mut statement = connection
        .prepare_cached("SELECT rev, time_ms FROM commits WHERE rev > ?1 ORDER BY rev LIMIT 64")?;
    let mut rows = statement.query([number(meta.compacted)])?;
    let mut aged = 0;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? >= limit {
            break;
        }
        aged = row.get::<_, i64>(0)?.unsigned_abs();
    }
    Ok(aged)
}

/// Walks at most `most` rows; whether that was all.
pub(super) fn walk(connection: &Connection, meta: &mut Meta, most: usize) -> Result<bool> {
    let end = meta.seq_after(connection, meta.compacted)?;
    let mut statement = connection.prepare_cached(
        "SELECT seq, rev, path, value IS NULL FROM history
         WHERE seq > ?1 AND seq < ?2 ORDER BY seq LIMIT ?3",
    )?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![meta.cursor, end, limit], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let rows: Vec<(i64, i64, String, bool)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut older =
        connection.prepare_cached("DELETE FROM history WHERE path = ?1 AND seq < ?2")?;
    let mut deletion = connection.prepare_cached("DELETE FROM history WHERE seq = ?1")?;
    for (seq, _, path, is_deletion) in &rows {
        older.execute(params![path, seq])?;
        if *is_deletion {
            deletion.execute([seq])?;
        }
        meta.cursor = *seq;
    }
    let all = rows.len() < most;
    // The notes go with the rows; the last revision may have more of them.
    let passed = rows.last().map_or(0, |(_, revision, ..)| revision - 1);
    let passed = if all { number(meta.compacted) } else { passed };
    connection.prepare_cached("DELETE FROM commits WHERE rev <= ?1")?.execute([passed])?;
    Ok(all)
}
