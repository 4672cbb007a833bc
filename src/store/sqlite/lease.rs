//! Times to live: rows that name a deadline, and the end of what has passed it.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Result;
use super::meta::Meta;
use super::write::Writer;
use crate::store::commit::now_ms;
use crate::store::{Lease, LeaseId, Note, round_ttl};

/// Keeps a new lease.
pub(super) fn grant(connection: &Connection, ttl: Duration) -> Result<Lease> {
    let ttl = round_ttl(ttl);
    let ttl_ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4);
    let (id, deadline) = (fastrand::i64(1..), now_ms().saturating_add(ttl_ms));
    let mut statement = connection.prepare_cached("INSERT INTO leases VALUES(?1, ?2, ?3)")?;
    statement.execute(params![id, ttl_ms, deadline])?;
    Ok(lease(id, ttl_ms, deadline))
}

/// Sets a lease's time back to its full length; none when it has run out.
pub(super) fn renew(connection: &Connection, id: LeaseId) -> Result<Option<Lease>> {
    let mut statement = connection.prepare_cached(
        "UPDATE leases SET deadline_ms = ?2 + ttl_ms WHERE id = ?1 AND deadline_ms > ?2",
    )?;
    statement.execute(params![id, now_ms()])?;
    find(connection, id)
}

/// A lease that has not run out.
pub(super) fn find(connection: &Connection, id: LeaseId) -> Result<Option<Lease>> {
    let mut statement = connection.prepare_cached(
        "SELECT ttl_ms, deadline_ms FROM leases WHERE id = ?1 AND deadline_ms > ?2",
    )?;
    let found =
        statement.query_row(params![id, now_ms()], |row| Ok(lease(id, row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// Ends leases: their keys are deleted in one revision. Gives how many keys.
pub(super) fn end(
    connection: &Connection,
    meta: &mut Meta,
    leases: impl IntoIterator<Item = LeaseId>,
    command: &str,
) -> Result<usize> {
    let mut writer = Writer::new(connection, *meta)?;
    let mut keys = connection.prepare_cached("SELECT path FROM current WHERE lease = ?1")?;
    let mut forget = connection.prepare_cached("DELETE FROM leases WHERE id = ?1")?;
    for id in leases {
        let paths = keys.query_map([id], |row| row.get::<_, String>(0))?;
        for path in paths.collect::<rusqlite::Result<Vec<_>>>()? {
            writer.delete(&path)?;
        }
        forget.execute([id])?;
    }
    let note = Note { actor: "ttl".into(), command: command.into(), ..Note::default() };
    writer.finish(meta, &note)
}

fn lease(id: LeaseId, ttl_ms: i64, deadline_ms: i64) -> Lease {
    let since = |ms: i64| Duration::from_millis(ms.unsigned_abs());
    Lease { id, ttl: since(ttl_ms), expires: SystemTime::UNIX_EPOCH + since(deadline_ms) }
}
