//! A store in memory whose watch can be held back, which can be away, and which
//! can be put back to an earlier state.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use metactl::error::{Error, Kind, Result};
use metactl::model::path::Path;
use metactl::store::memory::Memory;
use metactl::store::{
    At, Changes, Commit, Event, Lease, LeaseId, Name, Note, Outcome, Revision, Sink, Status, Store,
    Watch, What,
};
use tokio::sync::watch;

/// A store with a gate before it; clones are the same store.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Mutex<Memory>>,
    /// Whether commits reach the watches.
    open: watch::Sender<bool>,
    /// Whether reads are answered.
    there: watch::Sender<bool>,
}

impl Gate {
    pub fn new() -> Gate {
        let inner = Arc::new(Mutex::new(Memory::new()));
        Gate { inner, open: watch::Sender::new(true), there: watch::Sender::new(true) }
    }

    /// Another way to the same data, with gates of its own.
    pub fn beside(&self) -> Gate {
        Gate {
            inner: Arc::clone(&self.inner),
            open: watch::Sender::new(true),
            there: watch::Sender::new(true),
        }
    }

    pub fn memory(&self) -> Memory {
        self.inner.lock().unwrap().clone()
    }

    /// Lets commits through to the watches, or holds them back.
    pub fn let_through(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Whether reads are answered from now on.
    pub fn is_there(&self, there: bool) {
        self.there.send_replace(there);
    }

    /// Puts another store in the place of this one, as a restored backup does.
    pub fn replace(&self, other: Memory) {
        *self.inner.lock().unwrap() = other;
    }

    /// One commit: `path=value` puts, `-path` deletes a subtree.
    pub async fn commit(&self, words: &str) -> Revision {
        let mut changes = Changes::new();
        for word in words.split_whitespace() {
            match (word.strip_prefix('-'), word.split_once('=')) {
                (Some(path), _) => changes.delete_tree(&path.parse().unwrap()),
                (None, Some((path, value))) => changes.put(&path.parse().unwrap(), value),
                (None, None) => panic!("`{word}` is no change"),
            }
        }
        let commit = Commit { changes, note: Note::default(), guards: Vec::new() };
        Store::commit(&self.memory(), &commit).await.unwrap().revision
    }

    fn check(&self) -> Result<()> {
        let away = || Err(Error::new(Kind::Unavailable, "the gate is closed"));
        if *self.there.borrow() { Ok(()) } else { away() }
    }
}

#[async_trait]
impl Store for Gate {
    fn place(&self) -> String {
        "gate".to_owned()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        self.check()?;
        self.memory().read(what, at, sink).await
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        self.check()?;
        self.memory().names(directory, at).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.check()?;
        Store::commit(&self.memory(), commit).await
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        self.check()?;
        let inner = self.memory().watch(subtrees, after).await?;
        Ok(Box::new(Held { inner, open: self.open.subscribe() }))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.memory().grant(ttl).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.memory().renew(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.memory().revoke(lease).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.memory().lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.memory().compact(revision).await
    }

    async fn status(&self) -> Result<Status> {
        self.memory().status().await
    }
}

struct Held {
    inner: Box<dyn Watch>,
    open: watch::Receiver<bool>,
}

#[async_trait]
impl Watch for Held {
    async fn next(&mut self) -> Result<Event> {
        // The gate outlives its watches.
        let _ = self.open.wait_for(|open| *open).await;
        self.inner.next().await
    }
}
