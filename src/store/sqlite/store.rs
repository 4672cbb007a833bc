//! The store over one SQLite file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rusqlite::Connection;

use super::compact::{self, Keep};
use super::failure::{Result, Trouble};
use super::links::Links;
use super::meta::Meta;
use super::snapshot::{self, Snapshot};
use super::turn::{Turn, Writer};
use super::watch::Watcher;
use super::{bell, lease, write};
use crate::error::Result as Answer;
use crate::model::path::Path;
use crate::store::watching::Past;
use crate::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What, refusals,
};

/// The store over one SQLite file; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sqlite(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) links: Links,
    turn: Turn,
    keep: Keep,
}

impl Sqlite {
    /// The store at `file`. Nothing is opened before it is used, and a file that
    /// is not there is an empty store; the first write makes it, with its
    /// directories. A lock of another process is waited for up to `timeout`.
    pub fn new(file: impl Into<PathBuf>, timeout: Duration) -> Self {
        Sqlite::with(file, timeout, Keep::default(), None)
    }

    /// [`Sqlite::new`] with other bounds: of the history, and of the file in pages of 4 KiB.
    pub fn with(
        file: impl Into<PathBuf>,
        timeout: Duration,
        keep: Keep,
        max_pages: Option<u32>,
    ) -> Self {
        let file = file.into();
        // Also so that SQLite takes no name for one of its own, such as `:memory:`.
        let file = std::path::absolute(&file).unwrap_or(file);
        let links = Links::new(file, timeout, max_pages);
        Sqlite(Arc::new(Inner { links, turn: Turn::default(), keep }))
    }
}

impl Inner {
    pub(super) fn tell(&self, doing: &str, trouble: Trouble) -> crate::error::Error {
        trouble.tell(doing, &self.links.file)
    }

    /// [`Store::read`], on this thread and at once.
    pub(super) fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Answer<Revision> {
        let read = |snapshot: &Snapshot<'_>| {
            what.iter().try_for_each(|what| snapshot.read(what, &mut *sink))
        };
        Ok(self.snapshot(at, (), read)?.0)
    }

    /// [`Store::names`], on this thread and at once.
    pub(super) fn names(&self, directory: &Path, at: At) -> Answer<(Revision, Vec<Name>)> {
        self.snapshot(at, Vec::new(), |snapshot| snapshot.names(directory.as_str()))
    }

    /// What `ask` finds in the tree at `at`; `nothing` while there is no file.
    fn snapshot<T>(
        &self,
        at: At,
        nothing: T,
        ask: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Answer<(Revision, T)> {
        let answer = || {
            let Some(link) = self.links.reader()? else {
                if let At::Revision(revision) = at {
                    snapshot::check(revision, &Meta::NEW)?;
                }
                return Ok((Meta::NEW.revision, nothing));
            };
            let snapshot = Snapshot::open(&link, at)?;
            Ok((snapshot.revision, ask(&snapshot)?))
        };
        answer().map_err(|trouble| self.tell("reading", trouble))
    }

    /// Runs `change` in a write transaction, when its turn has come and leases
    /// that have run out are ended. It is kept, and watchers are told, if
    /// nothing fails.
    async fn write<T>(
        &self,
        change: impl FnOnce(&Connection, &mut Meta) -> Result<T>,
    ) -> Answer<T> {
        let deadline = Instant::now() + self.links.timeout;
        let told = |trouble| self.tell("writing", trouble);
        let mut writer = self.turn.take(&self.links, deadline).await.map_err(told)?;
        loop {
            writer.begin(deadline).await.map_err(told)?;
            if !self.end_expired(&mut writer).map_err(told)? {
                return self.transact(&mut writer, change).map_err(told);
            }
        }
    }

    /// Ends what has run out, in the transaction that was begun; if there was
    /// anything the transaction is over.
    fn end_expired(&self, writer: &mut Writer<'_>) -> Result<bool> {
        let (connection, meta) = writer.parts()?;
        let expired = snapshot::expired(connection, meta)?;
        if expired.is_empty() {
            return Ok(false);
        }
        self.transact(writer, |connection, meta| lease::end(connection, meta, expired, "expire"))?;
        Ok(true)
    }

    /// Finishes the transaction that was begun.
    fn transact<T>(
        &self,
        writer: &mut Writer<'_>,
        change: impl FnOnce(&Connection, &mut Meta) -> Result<T>,
    ) -> Result<T> {
        let (connection, meta) = writer.parts()?;
        let before = *meta;
        let answer = change(connection, meta)?;
        if meta.revision > before.revision {
            compact::along(connection, meta, &self.keep)?;
        }
        if *meta != before {
            meta.save(connection)?;
        }
        let revision = meta.revision;
        writer.keep()?;
        if revision != before.revision {
            bell::ring(&self.links.file, revision);
        }
        Ok(answer)
    }

    /// Ends what has run out.
    pub(super) async fn expire(&self) -> Answer<()> {
        self.write(|_, _| Ok(())).await
    }

    /// Forgets what lies before `compacted`, in steps with room for writers between them.
    async fn forget(&self) -> Answer<()> {
        loop {
            let started = Instant::now();
            if self
                .write(|connection, meta| compact::forget(connection, meta, compact::PART))
                .await?
            {
                return Ok(());
            }
            tokio::time::sleep(started.elapsed().max(compact::REST)).await;
        }
    }
}

#[async_trait]
impl Store for Sqlite {
    fn place(&self) -> String {
        format!("file:{}", self.0.links.file.display())
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Answer<Revision> {
        self.0.read(what, at, sink)
    }

    async fn names(&self, directory: &Path, at: At) -> Answer<(Revision, Vec<Name>)> {
        self.0.names(directory, at)
    }

    async fn commit(&self, commit: &Commit) -> Answer<Outcome> {
        let write = |connection: &Connection, meta: &mut Meta| {
            let changed = write::commit(connection, meta, commit)?;
            Ok(Outcome { revision: meta.revision, changed })
        };
        self.0.write(write).await
    }

    async fn made(&self, operation: &str, after: Revision) -> Answer<Option<Outcome>> {
        let find = |snapshot: &Snapshot<'_>| snapshot.made(operation, after);
        Ok(self.0.snapshot(At::Latest, None, find)?.1)
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Answer<Box<dyn Watch>> {
        Ok(Box::new(Watcher::new(Arc::clone(&self.0), subtrees, after, Past::Told)))
    }

    async fn follow(&self, subtrees: &[Path], after: Revision) -> Answer<Box<dyn Watch>> {
        Ok(Box::new(Watcher::new(Arc::clone(&self.0), subtrees, after, Past::Untold)))
    }

    async fn grant(&self, ttl: Duration) -> Answer<Lease> {
        self.0.write(|connection, _| lease::grant(connection, ttl)).await
    }

    async fn renew(&self, id: LeaseId) -> Answer<Lease> {
        let renewed = self.0.write(|connection, _| lease::renew(connection, id)).await?;
        renewed.ok_or_else(|| refusals::no_lease(id))
    }

    async fn revoke(&self, id: LeaseId) -> Answer<()> {
        let revoke = |connection: &Connection, meta: &mut Meta| {
            if lease::find(connection, id)?.is_none() {
                return Err(refusals::no_lease(id).into());
            }
            lease::end(connection, meta, [id], "revoke").map(|_| ())
        };
        self.0.write(revoke).await
    }

    async fn lease(&self, id: LeaseId) -> Answer<Option<Lease>> {
        let find = |snapshot: &Snapshot<'_>| lease::find(&snapshot.connection, id);
        Ok(self.0.snapshot(At::Latest, None, find)?.1)
    }

    async fn compact(&self, revision: Revision) -> Answer<()> {
        // What is not there needs not be made for it.
        let (newest, is_there) = self.0.snapshot(At::Latest, false, |_| Ok(true))?;
        if revision <= newest && !is_there {
            return Ok(());
        }
        let forget = |_: &Connection, meta: &mut Meta| {
            if revision > meta.revision {
                return Err(refusals::future(revision, meta.revision).into());
            }
            meta.compacted = meta.compacted.max(revision);
            Ok(())
        };
        self.0.write(forget).await?;
        self.0.forget().await
    }

    async fn status(&self) -> Answer<Status> {
        let found = self.0.snapshot(At::Latest, (Meta::NEW, 0), |snapshot| {
            let count = "SELECT count(*) FROM units";
            let units = snapshot.connection.query_row(count, [], |row| row.get(0))?;
            Ok((snapshot.meta, units))
        });
        let (revision, (meta, units)) = found?;
        let size = std::fs::metadata(&self.0.links.file).map_or(0, |data| data.len());
        Ok(Status {
            endpoint: self.place(),
            kind: "sqlite",
            version: rusqlite::version().to_owned(),
            revision,
            oldest: meta.oldest(),
            keys: meta.keys.unsigned_abs() + i64::unsigned_abs(units),
            size,
            members: Vec::new(),
        })
    }
}
