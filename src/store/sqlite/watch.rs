//! A watch: reads commits as they come, woken by the bell.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};

use super::bell::Ear;
use super::failure::{Result, Trouble};
use super::meta::{Meta, number};
use super::paths;
use super::store::Inner;
use crate::error::Result as Answer;
use crate::model::path::Path;
use crate::store::commit::now_ms;
use crate::store::watching::Past;
use crate::store::{Changed, Event, Logged, Revised, Revision, Watch, refusals};

/// How often a watcher looks whether the bell did not reach it.
const LOOK: Duration = Duration::from_millis(250);
/// About the most keys of others that are passed at a time.
const MOST: usize = 10_000;

/// A running watch.
pub(super) struct Watcher {
    store: Arc<Inner>,
    subtrees: Vec<Path>,
    after: Revision,
    past: Past,
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
    pub(super) fn new(store: Arc<Inner>, subtrees: &[Path], after: Revision, past: Past) -> Self {
        let subtrees = subtrees.to_vec();
        let (ear, connection) = (Ear::new(), None);
        let (away, held) = (false, None);
        Watcher { store, subtrees, after, past, connection, seen: 0, ear, away, held }
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
        let (passed, revised) = self.commit_after(&transaction, &meta)?;
        self.after = self.after.max(passed);
        Ok(match revised {
            Some(revised) => Look::Commit(revised),
            None if passed < meta.revision => Look::More,
            None => Look::Nothing { deadline_ms: meta.deadline_ms },
        })
    }

    /// The first commit with changes of interest, and the revision up to which
    /// everything has been looked at.
    fn commit_after(
        &self,
        connection: &Connection,
        meta: &Meta,
    ) -> Result<(Revision, Option<Revised>)> {
        let Watcher { subtrees, after, past, .. } = self;
        let after = *after;
        if after >= meta.revision {
            return Ok((meta.revision, None));
        }
        let mut lists = connection
            .prepare_cached("SELECT rev, paths FROM changed WHERE rev > ?1 ORDER BY rev, part")?;
        let mut lists = lists.query([number(after)])?;
        let (mut revision, mut looked_at, mut paths) = (after, 0, Vec::new());
        while let Some(row) = lists.next()? {
            let of = row.get::<_, i64>(0)?.unsigned_abs();
            if of != revision && !paths.is_empty() {
                break;
            }
            if of != revision && looked_at >= MOST {
                return Ok((revision, None));
            }
            revision = of;
            looked_at += paths::each(row.get_ref(1)?.as_str()?, |path| {
                if subtrees.iter().any(|top| top.relative(path).is_some()) {
                    paths.extend(Path::from_stored(path));
                }
                Ok::<_, Trouble>(())
            })?;
        }
        if paths.is_empty() {
            return Ok((meta.revision, None));
        }
        paths.sort_unstable();
        let changes = changes(connection, revision, paths, *past)?;
        Ok((revision, Some(Revised { revision, note: note(connection, revision)?, changes })))
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

/// What that revision did to each of `paths`.
fn changes(
    connection: &Connection,
    revision: Revision,
    paths: Vec<Path>,
    past: Past,
) -> Result<Vec<Changed>> {
    let mut after = connection
        .prepare_cached("SELECT value, lease FROM history WHERE path = ?1 AND rev = ?2")?;
    let mut before = connection.prepare_cached(
        "SELECT value FROM history WHERE path = ?1 AND rev < ?2 ORDER BY rev DESC LIMIT 1",
    )?;
    let revision = number(revision);
    let change = |path: Path| {
        let at = (path.as_str(), revision);
        let (value, lease) = after.query_row(at, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let previous: Option<Option<String>> = match past {
            Past::Told => before.query_row(at, |row| row.get(0)).optional()?,
            Past::Untold => None,
        };
        Ok(Changed { previous: previous.flatten(), value, lease, path })
    };
    paths.into_iter().map(change).collect()
}

fn note(connection: &Connection, revision: Revision) -> Result<Option<Logged>> {
    let mut statement = connection.prepare_cached("SELECT note FROM commits WHERE rev = ?1")?;
    let text: Option<String> =
        statement.query_row([number(revision)], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
