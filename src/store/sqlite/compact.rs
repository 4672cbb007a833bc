//! Forgetting what is old, a few keys at a time.
//!
//! `compacted` moves first. Then the lists of changed keys up to there are gone
//! through, oldest first: each key's older versions are deleted, and this one
//! too if it is a deletion; then the list itself. What stays is the tree at
//! `compacted` and all that came after it. Every commit does more of this than
//! it adds, so the file stops growing.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Result;
use super::meta::{Meta, number};
use super::paths;
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

/// Keys that every commit goes through beside twice what it adds.
const STEP: usize = 16;
/// The most keys that one commit goes through, not counting the rest of a list.
const MOST: usize = 4096;
/// Keys of one step of a compaction that was asked for: a few milliseconds.
pub(super) const PART: usize = 256;
/// The least pause between such steps: longer than writers wait between two tries.
pub(super) const REST: Duration = Duration::from_millis(6);

/// What one commit does for the compaction: moves `compacted` on as far as `keep`
/// asks for it, and goes through some keys.
pub(super) fn along(connection: &Connection, meta: &mut Meta, keep: &Keep) -> Result<()> {
    let aged = aged(connection, meta, keep)?;
    meta.compacted = meta.compacted.max(aged).max(meta.revision.saturating_sub(keep.revisions));
    if meta.compacted > 0 {
        forget(connection, meta, (STEP + 2 * meta.added).min(MOST))?;
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

/// Goes through about `most` keys; whether that was all.
pub(super) fn forget(connection: &Connection, meta: &Meta, most: usize) -> Result<bool> {
    let mut oldest = connection.prepare_cached(
        "SELECT rev, part, paths FROM changed WHERE rev <= ?1 ORDER BY rev, part LIMIT 1",
    )?;
    let mut versions = connection.prepare_cached(
        "DELETE FROM history WHERE path = ?1 AND rev <= ?2 AND (rev < ?2 OR value IS NULL)",
    )?;
    let mut list = connection.prepare_cached("DELETE FROM changed WHERE rev = ?1 AND part = ?2")?;
    let mut notes = connection.prepare_cached("DELETE FROM commits WHERE rev <= ?1")?;
    let compacted = number(meta.compacted);
    let (mut keys, mut reached) = (0, 0);
    while keys < most {
        let next = oldest
            .query_row([compacted], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)));
        let Some((revision, part, text)): Option<(i64, i64, _)> = next.optional()? else {
            if keys > 0 {
                notes.execute([compacted])?;
            }
            return Ok(true);
        };
        keys += paths::each(&text, |path| versions.execute(params![path, revision]).map(|_| ()))?;
        list.execute([revision, part])?;
        reached = revision;
    }
    // Of the last revision there may be more.
    notes.execute([reached - 1])?;
    Ok(false)
}
