//! Whose turn it is to write: one writer at a time, in this process by a queue,
//! among processes by SQLite's lock.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{Mutex, MutexGuard};

use super::failure::{Result, Trouble};
use super::links::Links;
use super::meta::Meta;
use crate::error::{Error, Kind};

/// The one connection of this process that writes, once it has written.
#[derive(Debug, Default)]
pub(super) struct Turn(Mutex<Option<Connection>>);

/// The turn, taken.
pub(super) struct Writer<'a> {
    slot: MutexGuard<'a, Option<Connection>>,
    meta: Meta,
}

impl Turn {
    /// Waits in line; opens the store, or makes it.
    pub(super) async fn take(&self, links: &Links, deadline: Instant) -> Result<Writer<'_>> {
        let mut slot = match self.0.try_lock() {
            Ok(slot) => slot,
            Err(_) => {
                let late = |_| Error::new(Kind::Unavailable, "waiting for other writers: too many");
                tokio::time::timeout_at(deadline.into(), self.0.lock()).await.map_err(late)?
            }
        };
        if slot.is_none() {
            *slot = Some(links.writer()?);
        }
        Ok(Writer { slot, meta: Meta::NEW })
    }
}

impl Writer<'_> {
    /// Begins a transaction, as soon as no other process is in one.
    pub(super) async fn begin(&mut self, deadline: Instant) -> Result<()> {
        loop {
            match self.try_begin() {
                // Not SQLite's own wait: its pauses grow up to 100 ms, which
                // starves whoever has waited longest, and it blocks the thread.
                Err(trouble) if trouble.is_busy() && Instant::now() < deadline => {
                    let pause = Duration::from_micros(fastrand::u64(500..5_000));
                    tokio::time::sleep(pause).await;
                }
                begun => return begun,
            }
        }
    }

    fn try_begin(&mut self) -> Result<()> {
        let connection = self.slot.as_ref().ok_or_else(gone)?;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.meta = Meta::load(connection)?;
        Ok(())
    }

    /// What to write with, inside the transaction.
    pub(super) fn parts(&mut self) -> Result<(&Connection, &mut Meta)> {
        Ok((self.slot.as_ref().ok_or_else(gone)?, &mut self.meta))
    }

    /// Commits.
    pub(super) fn keep(&mut self) -> Result<()> {
        let connection = self.slot.as_ref().ok_or_else(gone)?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.slot.take_if(|connection| !connection.is_autocommit())
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            *self.slot = Some(connection);
        }
    }
}

/// Cannot happen: the slot is filled before a `Writer` is made.
fn gone() -> Trouble {
    Trouble::Told(Error::new(Kind::Failed, "the store's connection is gone"))
}
