//! A stream of commits.

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{LeaseId, Logged, Revision};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// A running watch; dropping it ends it.
#[async_trait]
pub trait Watch: Send {
    /// The next event. Safe to drop while it waits: nothing is lost.
    ///
    /// - Every commit that changes something in the watched subtrees comes
    ///   once, in the order of revisions, with all of its changes there (and no
    ///   others), whatever happens to servers and connections in between.
    /// - `Compacted` when the next commit is no longer kept: the caller reads
    ///   anew, compares, and opens a new watch after the revision of its read.
    /// - While the store cannot be reached the watch goes on trying; it says so
    ///   once ([`Event::Away`]), and once when it is back ([`Event::Back`]).
    async fn next(&mut self) -> Result<Event>;
}

/// A watch whose work is done by a task, so that waiting for it can be given up.
struct Tasked {
    events: mpsc::Receiver<Result<Event>>,
    task: JoinHandle<()>,
}

/// Begins the task that `work` makes of the sender of its events. When `waiting` of
/// them are not taken yet, it is kept waiting.
pub(super) fn by_task<Work>(
    waiting: usize,
    work: impl FnOnce(mpsc::Sender<Result<Event>>) -> Work,
) -> Box<dyn Watch>
where
    Work: Future<Output = ()> + Send + 'static,
{
    let (sender, events) = mpsc::channel(waiting);
    Box::new(Tasked { events, task: tokio::spawn(work(sender)) })
}

impl Drop for Tasked {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[async_trait]
impl Watch for Tasked {
    async fn next(&mut self) -> Result<Event> {
        let ended = || Err(Error::new(Kind::Failed, "the watch has ended"));
        self.events.recv().await.unwrap_or_else(ended)
    }
}

/// What a watch tells.
#[derive(Debug)]
pub enum Event {
    Commit(Revised),
    /// The store does not answer, and why.
    Away(Error),
    /// It answers again; nothing was missed.
    Back,
}

/// One commit, as far as it concerns the watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    pub revision: Revision,
    /// Who and when; none for a commit of a foreign writer.
    pub note: Option<Logged>,
    /// Sorted by path, each path once.
    pub changes: Vec<Changed>,
}

/// Whether a watch tells what was there before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    Told,
    Untold,
}

/// One key before and after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub path: Path,
    /// The value before; none if the key was not there, or if that is no longer known.
    pub previous: Option<String>,
    /// The value after; none when the key was deleted.
    pub value: Option<String>,
    pub lease: Option<LeaseId>,
}
