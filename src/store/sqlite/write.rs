//! One commit, inside one write transaction.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::failure::Result;
use super::meta::{Meta, number};
use super::paths::List;
use super::place::Places;
use super::read::below;
use crate::model::path::Path;
use crate::store::commit::{Tally, now_ms};
use crate::store::{Changes, Commit, Guard, LeaseId, Note, refusals};

/// How many paths of a deleted subtree are looked at together.
const CHUNK: i64 = 512;
/// How many paths are listed in one part: as much as SQLite keeps within a page.
const PART: usize = 48;

/// Checks the guards, applies the changes and keeps the note. Gives how many keys
/// were changed; `meta` has moved on if there were any.
pub(super) fn commit(connection: &Connection, meta: &mut Meta, commit: &Commit) -> Result<usize> {
    let changes = commit.changes.settled()?;
    commit.guards.iter().try_for_each(|guard| check(connection, guard))?;
    let mut writer = Writer::new(connection, *meta)?;
    for path in changes.deleted() {
        if !changes.puts_path(path.as_str()) {
            writer.delete(path.as_str())?;
        }
    }
    for top in changes.deleted_trees() {
        writer.delete_tree(top, &changes)?;
    }
    let mut places = Places::new(connection)?;
    changes.try_each_put(|path, value, lease| writer.put(&mut places, path, value, lease))?;
    drop(places);
    writer.finish(meta, &commit.note)
}

fn check(connection: &Connection, guard: &Guard) -> Result<()> {
    let (path, at) = match guard {
        Guard::Absent(path) => (path, None),
        Guard::Revision(path, revision) => (path, (*revision > 0).then_some(*revision)),
        Guard::Value(path, value) => return check_value(connection, guard, path, value),
        Guard::Unchanged { unit, since } => {
            let mut statement =
                connection.prepare_cached("SELECT mod_rev FROM units WHERE unit = ?1")?;
            let found: Option<i64> = statement.query_row([unit], |row| row.get(0)).optional()?;
            let found = found.map(i64::unsigned_abs);
            return match found {
                Some(revision) if revision > *since => Err(refusals::guard(guard, found).into()),
                _ => Ok(()),
            };
        }
    };
    let mut statement = connection.prepare_cached("SELECT mod_rev FROM current WHERE path = ?1")?;
    let found: Option<i64> = statement.query_row([path.as_str()], |row| row.get(0)).optional()?;
    let found = found.map(i64::unsigned_abs);
    if found == at { Ok(()) } else { Err(refusals::guard(guard, found).into()) }
}

fn check_value(connection: &Connection, guard: &Guard, path: &Path, value: &str) -> Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT value = ?2, mod_rev FROM current WHERE path = ?1")?;
    let found: Option<(bool, i64)> = statement
        .query_row((path.as_str(), value), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((true, _)) => Ok(()),
        other => Err(refusals::guard(guard, other.map(|(_, rev)| rev.unsigned_abs())).into()),
    }
}

/// Writes the rows of one revision.
pub(super) struct Writer<'c> {
    connection: &'c Connection,
    revision: i64,
    keys: i64,
    tally: Tally,
    /// Changed paths that are not yet written, and how many parts are.
    paths: List,
    parts: i64,
    insert: CachedStatement<'c>,
    update: CachedStatement<'c>,
    delete: CachedStatement<'c>,
    record: CachedStatement<'c>,
    list: CachedStatement<'c>,
    /// A lease that was found to be there.
    lease: Option<LeaseId>,
}

impl<'c> Writer<'c> {
    pub(super) fn new(connection: &'c Connection, meta: Meta) -> Result<Self> {
        Ok(Writer {
            connection,
            revision: number(meta.revision) + 1,
            keys: meta.keys,
            tally: Tally::default(),
            paths: List::default(),
            parts: 0,
            insert: connection.prepare_cached("INSERT INTO current VALUES(?1, ?2, ?3, ?4, ?5)")?,
            update: connection.prepare_cached(
                "UPDATE current SET value = ?2, mod_rev = ?3, lease = ?4 WHERE path = ?1",
            )?,
            delete: connection.prepare_cached("DELETE FROM current WHERE path = ?1")?,
            record: connection.prepare_cached("INSERT INTO history VALUES(?1, ?2, ?3, ?4, ?5)")?,
            list: connection.prepare_cached("INSERT INTO changed VALUES(?1, ?2, ?3)")?,
            lease: None,
        })
    }

    fn put(
        &mut self,
        places: &mut Places<'_>,
        path: &str,
        value: &str,
        lease: Option<LeaseId>,
    ) -> Result<()> {
        self.check_lease(lease)?;
        let create = match places.held(path, value)? {
            Some(held) if held.value_is_same && held.lease == lease => return Ok(()),
            Some(held) => {
                self.update.execute(params![path, value, self.revision, lease])?;
                held.create
            }
            None => {
                places.check(path)?;
                self.insert.execute(params![path, value, self.revision, self.revision, lease])?;
                self.keys += 1;
                self.revision
            }
        };
        self.record(path, Some(value), create, lease)
    }

    /// Deletes one key, if it is there.
    pub(super) fn delete(&mut self, path: &str) -> Result<()> {
        if self.delete.execute([path])? == 0 {
            return Ok(());
        }
        self.keys -= 1;
        self.record(path, None, 0, None)
    }

    /// Deletes what is at and below `top`, except what is put again.
    fn delete_tree(&mut self, top: &Path, changes: &Changes) -> Result<()> {
        if !changes.puts_path(top.as_str()) {
            self.delete(top.as_str())?;
        }
        let (mut from, end) = below(top.as_str());
        let mut page = self.connection.prepare_cached(
            "SELECT path FROM current WHERE path > ?1 AND path < ?2 ORDER BY path LIMIT ?3",
        )?;
        loop {
            let paths = page.query_map((&from, &end, CHUNK), |row| row.get::<_, String>(0))?;
            let paths = paths.collect::<rusqlite::Result<Vec<_>>>()?;
            let Some(last) = paths.last() else { return Ok(()) };
            last.clone_into(&mut from);
            for path in paths.iter().filter(|path| !changes.puts_path(path)) {
                self.delete(path)?;
            }
        }
    }

    fn check_lease(&mut self, lease: Option<LeaseId>) -> Result<()> {
        let Some(lease) = lease.filter(|_| lease != self.lease) else { return Ok(()) };
        // One that has run out was ended before this commit began.
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM leases WHERE id = ?1")?;
        if !statement.exists([lease])? {
            return Err(refusals::no_lease(lease).into());
        }
        self.lease = Some(lease);
        Ok(())
    }

    fn record(
        &mut self,
        path: &str,
        value: Option<&str>,
        create: i64,
        lease: Option<LeaseId>,
    ) -> Result<()> {
        self.record.execute(params![path, self.revision, value, create, lease])?;
        self.tally.add(path);
        self.paths.push(path);
        if self.paths.count() < PART {
            return Ok(());
        }
        self.write_list()
    }

    fn write_list(&mut self) -> Result<()> {
        if self.paths.count() > 0 {
            self.list.execute(params![self.revision, self.parts, self.paths.take()])?;
            self.parts += 1;
        }
        Ok(())
    }

    /// Keeps the note and the generations, if anything was changed.
    pub(super) fn finish(mut self, meta: &mut Meta, note: &Note) -> Result<usize> {
        if self.tally.changed == 0 {
            return Ok(0);
        }
        self.write_list()?;
        let mut touch = self.connection.prepare_cached(
            "INSERT INTO units VALUES(?1, ?2, ?2)
             ON CONFLICT(unit) DO UPDATE SET mod_rev = excluded.mod_rev",
        )?;
        for unit in &self.tally.units {
            touch.execute(params![unit, self.revision])?;
        }
        let time_ms = now_ms();
        let logged = self.tally.logged(note, time_ms);
        let logged = serde_json::to_string(&logged)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let mut keep = self.connection.prepare_cached("INSERT INTO commits VALUES(?1, ?2, ?3)")?;
        keep.execute(params![self.revision, time_ms, logged])?;
        meta.revision = self.revision.unsigned_abs();
        meta.keys = self.keys;
        meta.added = self.tally.changed;
        Ok(self.tally.changed)
    }
}
