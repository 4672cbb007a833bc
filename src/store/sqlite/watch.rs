//! A watch: reads commits as they come, woken by the bell.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::bell::Ear;
use super::failure::Result;
use super::meta::{Meta, number};
use super::store::Inner;
use crate::error::Result as Answer;
use crate::model::path::Path;
use crate::store::commit::now_ms;
use crate::store::{Changed, Event, Logged, Revised, Revision, Watch, refusals};

/// How often a watcher looks whether the bell did not reach it.
const LOOK: Duration = Duration::from_millis(250);
/// The most rows of others that are passed at a time.
const MOST: usize = 10_000;

/// A running watch.
pub(super) struct Watcher {
    store: Arc<Inner>,
    subtrees: Vec<Path>,
    after: Revision,
    connection: Option<Connection>,
    /// SQLite's count of the changes made through other connections.
    seen: i64,
    ear: Ear,
    /// Whether the watcher was told that the store does not answer.
    away: bool,
    /// What follows the event that tells that it does again.
    held: Option<Event>,
}

/// What a look at the store found.
enum Look {
    Commit(Revised),
    /// Nothing of interest, but there is more.
    More,
    /// Nothing; the first lease runs out at that time.
    Nothing {
        deadline_ms: Option<i64>,
    },
}

impl Watcher {
    pub(super) fn new(store: Arc<Inner>, subtrees: &[Path], after: Revision) -> Self {
        let subtrees = subtrees.to_vec();
        let (ear, connection) = (Ear::new(), None);
        Watcher { store, subtrees, after, connection, seen: 0, ear, away: false, held: None }
    }

    fn look(&mut self) -> Result<Look> {
        if self.connection.is_none() {
            self.connection = self.store.links.open()?;
        }
        let Some(connection) = &self.connection else {
            return Ok(Look::Nothing { deadline_ms: None });
        };
        self.seen = data_version(connection)?;
        let transaction = connection.unchecked_transaction()?;
        let meta = Meta::load(&transaction)?;
        if self.after < meta.compacted {
            return Err(refusals::compacted(self.after, meta.oldest()).into());
        }
        let (passed, revised) = next(&transaction, &meta, &self.subtrees, self.after)?;
        self.after = self.after.max(passed);
        Ok(match revised {
            Some(revised) => Look::Commit(revised),
            None if passed < meta.revision => Look::More,
            None => Look::Nothing { deadline_ms: meta.deadline_ms },
        })
    }

    /// Waits until something may have changed.
    async fn wait(&mut self, deadline_ms: Option<i64>) -> Result<()> {
        loop {
            self.ear.listen(&self.store.links.file, false);
            let left = deadline_ms.map_or(LOOK, |deadline| {
                Duration::from_millis(deadline.saturating_sub(now_ms()).max(0).unsigned_abs())
            });
            let heard = tokio::time::timeout(left.min(LOOK), self.ear.heard()).await.is_ok();
            if heard || deadline_ms.is_some_and(|deadline| deadline <= now_ms()) {
                return Ok(());
            }
            let Some(connection) = &self.connection else { return Ok(()) };
            if data_version(connection)? != self.seen {
                // A change that was not heard: the bell may be another file by now.
                self.ear.listen(&self.store.links.file, true);
                return Ok(());
            }
        }
    }

    /// The next event; none if there has to be another look.
    async fn step(&mut self) -> Answer<Option<Event>> {
        let tell = |store: &Inner, trouble| store.tell("watching", trouble);
        match self.look().map_err(|trouble| tell(&self.store, trouble))? {
            Look::Commit(revised) => return Ok(Some(Event::Commit(revised))),
            Look::More => tokio::task::yield_now().await,
            Look::Nothing { deadline_ms: Some(deadline) } if deadline <= now_ms() => {
                self.store.expire().await?;
            }
            Look::Nothing { .. } if self.away => {}
            Look::Nothing { deadline_ms } => {
                let waited = self.wait(deadline_ms).await;
                waited.map_err(|trouble| tell(&self.store, trouble))?;
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl Watch for Watcher {
    async fn next(&mut self) -> Answer<Event> {
        // Before the first look, so that what comes after it is heard.
        self.ear.listen(&self.store.links.file, false);
        loop {
            if let Some(event) = self.held.take() {
                return Ok(event);
            }
            match self.step().await {
                Ok(event) if self.away => {
                    self.away = false;
                    self.held = event;
                    return Ok(Event::Back);
                }
                Ok(Some(event)) => return Ok(event),
                Ok(None) => {}
                Err(error) if !error.can_retry() => return Err(error),
                Err(_) if self.away => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    self.away = true;
                    return Ok(Event::Away(error));
                }
            }
        }
    }
}

fn data_version(connection: &Connection) -> Result<i64> {
    Ok(connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
}

/// The first commit after `after` with changes in `subtrees`, and the revision up
/// to which everything has been looked at.
fn next(
    connection: &Connection,
    meta: &Meta,
    subtrees: &[Path],
    after: Revision,
) -> Result<(Revision, Option<Revised>)> {
    if after >= meta.revision {
        return Ok((meta.revision, None));
    }
    let mut rows = connection.prepare_cached(
        "SELECT rev, path, value, lease, seq FROM history WHERE seq >= ?1 ORDER BY seq",
    )?;
    let mut previous = connection.prepare_cached(
        "SELECT value FROM history WHERE path = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = rows.query([meta.seq_after(connection, after)?])?;
    let (mut revision, mut looked_at, mut changes) = (after, 0, Vec::new());
    while let Some(row) = rows.next()? {
        let of = row.get::<_, i64>(0)?.unsigned_abs();
        if of != revision && !changes.is_empty() {
            break;
        }
        if of != revision && looked_at >= MOST {
            return Ok((revision, None));
        }
        revision = of;
        looked_at += 1;
        let path = row.get_ref(1)?.as_str()?;
        if subtrees.iter().any(|top| top.relative(path).is_some()) {
            changes.extend(changed(row, &mut previous)?);
        }
    }
    if changes.is_empty() {
        return Ok((meta.revision, None));
    }
    changes.sort_unstable_by(|left: &Changed, right| left.path.cmp(&right.path));
    Ok((revision, Some(Revised { revision, note: note(connection, revision)?, changes })))
}

fn changed(row: &Row<'_>, previous: &mut CachedStatement<'_>) -> Result<Option<Changed>> {
    let text: String = row.get(1)?;
    let seq: i64 = row.get(4)?;
    let before = previous.query_row(params![text, seq], |row| row.get(0)).optional()?;
    let Some(path) = Path::from_stored(&text) else { return Ok(None) };
    Ok(Some(Changed { path, previous: before.flatten(), value: row.get(2)?, lease: row.get(3)? }))
}

fn note(connection: &Connection, revision: Revision) -> Result<Option<Logged>> {
    let mut statement = connection.prepare_cached("SELECT note FROM commits WHERE rev = ?1")?;
    let text: Option<String> =
        statement.query_row([number(revision)], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
