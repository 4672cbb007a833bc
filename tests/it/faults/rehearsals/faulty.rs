//! A store that fails at a commit of one's choice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use metactl::error::{Error, Kind, Result};
use metactl::model::path::Path;
use metactl::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What,
};
use tokio::sync::Notify;

/// What happens at a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed before the commit has left it.
    KilledBefore,
    /// The process is killed before the answer has come.
    KilledAfter,
    /// The store goes away before the commit has arrived.
    LostBefore,
    /// The store goes away before it has answered.
    LostAfter,
}

pub const FAULTS: [Fault; 4] =
    [Fault::KilledBefore, Fault::KilledAfter, Fault::LostBefore, Fault::LostAfter];

/// Passes everything on until the fault; what is killed waits for ever, to be
/// dropped, and a lost store stays away.
pub struct Faulty {
    inner: Arc<dyn Store>,
    /// At the commit of that number, counted from 1.
    fault: Option<(usize, Fault)>,
    commits: AtomicUsize,
    lost: AtomicBool,
    /// Told when the process is to be dropped.
    pub killed: Notify,
}

impl Faulty {
    pub fn new(inner: Arc<dyn Store>, fault: Option<(usize, Fault)>) -> Faulty {
        let (commits, lost) = (AtomicUsize::new(0), AtomicBool::new(false));
        Faulty { inner, fault, commits, lost, killed: Notify::new() }
    }

    /// Whether the fault has happened.
    pub fn has_failed(&self) -> bool {
        self.fault.is_some_and(|(number, _)| self.commits.load(Ordering::SeqCst) >= number)
    }

    async fn die<T>(&self) -> T {
        self.killed.notify_one();
        std::future::pending().await
    }

    fn lose<T>(&self) -> Result<T> {
        self.lost.store(true, Ordering::SeqCst);
        Err(Error::new(Kind::Unavailable, "the store is away"))
    }

    fn reachable(&self) -> Result<()> {
        if self.lost.load(Ordering::SeqCst) { self.lose() } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Faulty {
    fn place(&self) -> String {
        self.inner.place()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        self.reachable()?;
        self.inner.read(what, at, sink).await
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        self.reachable()?;
        self.inner.names(directory, at).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.reachable()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fault.filter(|(at, _)| *at == number) {
            None => self.inner.commit(commit).await,
            Some((_, Fault::KilledBefore)) => self.die().await,
            Some((_, Fault::LostBefore)) => self.lose(),
            Some((_, Fault::KilledAfter)) => {
                self.inner.commit(commit).await?;
                self.die().await
            }
            Some((_, Fault::LostAfter)) => {
                self.inner.commit(commit).await?;
                self.lose()
            }
        }
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        self.inner.watch(subtrees, after).await
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.inner.grant(ttl).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.inner.renew(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.inner.revoke(lease).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.inner.lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.inner.compact(revision).await
    }

    async fn status(&self) -> Result<Status> {
        self.inner.status().await
    }
}
