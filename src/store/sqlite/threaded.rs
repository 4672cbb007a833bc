//! The store of a server: SQLite on threads of its own, so that nobody who serves
//! waits for a disk.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::store::Sqlite;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{
    At, Commit, Event, Item, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch,
    What,
};

/// How much of an answer is handed over at a time, in bytes.
const BATCH: usize = 64 << 10;
/// Batches, or events of a watch, that wait to be taken.
const WAITING: usize = 4;

/// A [`Sqlite`] for many callers at once: what writes, and what waits for writers,
/// has one thread, reads have those of the runtime that are made for blocking.
pub struct Threaded {
    store: Sqlite,
    jobs: mpsc::UnboundedSender<Job>,
}

type Job = Box<dyn FnOnce(Sqlite) -> BoxFuture<'static, ()> + Send>;

impl Threaded {
    /// Starts the thread; it ends with the store.
    pub fn start(store: Sqlite) -> Result<Threaded> {
        let failed = |error| Error::new(Kind::Failed, "starting the store's thread").because(error);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
        let here = store.clone();
        let work = move || {
            runtime.block_on(async {
                while let Some(job) = waiting.recv().await {
                    tokio::spawn(job(here.clone()));
                }
            });
        };
        std::thread::Builder::new().name("sqlite".to_owned()).spawn(work).map_err(failed)?;
        Ok(Threaded { store, jobs })
    }

    /// A watch that is begun, and goes on, on the store's thread.
    async fn told<Begun>(
        &self,
        begin: impl FnOnce(Sqlite) -> Begun + Send + 'static,
    ) -> Result<Box<dyn Watch>>
    where
        Begun: Future<Output = Result<Box<dyn Watch>>> + Send + 'static,
    {
        let (events, told) = mpsc::channel(WAITING);
        let follow = move |store: Sqlite| async move {
            let mut watch = begin(store).await?;
            tokio::spawn(async move {
                loop {
                    let event = tokio::select! {
                        event = watch.next() => event,
                        () = events.closed() => return,
                    };
                    let ended = event.is_err();
                    if events.send(event).await.is_err() || ended {
                        return;
                    }
                }
            });
            Ok(())
        };
        self.ask(follow).await?;
        Ok(Box::new(Told(told)))
    }

    /// Has `work` done on the store's thread. It goes on when nobody waits for it
    /// any more.
    async fn ask<T, Work>(&self, work: impl FnOnce(Sqlite) -> Work + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let work = work(store);
            Box::pin(async move {
                // Whoever has gone does not miss it.
                let _ = answer.send(work.await);
            })
        });
        self.jobs.send(job).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

fn ended() -> Error {
    Error::new(Kind::Failed, "the store's thread has ended")
}

/// Items on their way from one thread to another.
#[derive(Default)]
struct Batch {
    text: String,
    items: Vec<Packed>,
}

struct Packed {
    path: usize,
    value: usize,
    create_revision: Revision,
    mod_revision: Revision,
    lease: Option<LeaseId>,
}

impl Batch {
    fn add(&mut self, item: Item<'_>) {
        self.text.push_str(item.path);
        self.text.push_str(item.value);
        self.items.push(Packed {
            path: item.path.len(),
            value: item.value.len(),
            create_revision: item.create_revision,
            mod_revision: item.mod_revision,
            lease: item.lease,
        });
    }

    fn give(&self, sink: Sink<'_>) -> Result<()> {
        let mut rest = self.text.as_str();
        for item in &self.items {
            let (path, after) = rest.split_at(item.path);
            let (value, after) = after.split_at(item.value);
            rest = after;
            let (create_revision, mod_revision) = (item.create_revision, item.mod_revision);
            sink(Item { path, value, create_revision, mod_revision, lease: item.lease })?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Threaded {
    fn place(&self) -> String {
        self.store.place()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let (batches, mut taken) = mpsc::channel::<Batch>(WAITING);
        let (store, what) = (Arc::clone(&self.store.0), what.to_vec());
        let reading = tokio::task::spawn_blocking(move || {
            let mut batch = Batch::default();
            // The error of a send is told to nobody: the other side has gone.
            let revision = store.read(&what, at, &mut |item| {
                batch.add(item);
                if batch.text.len() < BATCH {
                    return Ok(());
                }
                batches.blocking_send(std::mem::take(&mut batch)).map_err(|_| ended())
            })?;
            if !batch.items.is_empty() {
                batches.blocking_send(batch).map_err(|_| ended())?;
            }
            Ok(revision)
        });
        while let Some(batch) = taken.recv().await {
            batch.give(&mut *sink)?;
            // Who takes the answer piece by piece gets a chance to.
            tokio::task::yield_now().await;
        }
        reading.await.map_err(|_| ended())?
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        let (store, directory) = (Arc::clone(&self.store.0), directory.clone());
        let names = tokio::task::spawn_blocking(move || store.names(&directory, at));
        names.await.map_err(|_| ended())?
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        let commit = commit.clone();
        self.ask(move |store| async move { store.commit(&commit).await }).await
    }

    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        let operation = operation.to_owned();
        self.ask(move |store| async move { store.made(&operation, after).await }).await
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        let subtrees = subtrees.to_vec();
        self.told(move |store| async move { store.watch(&subtrees, after).await }).await
    }

    async fn follow(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        let subtrees = subtrees.to_vec();
        self.told(move |store| async move { store.follow(&subtrees, after).await }).await
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.ask(move |store| async move { store.grant(ttl).await }).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.ask(move |store| async move { store.renew(lease).await }).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.ask(move |store| async move { store.revoke(lease).await }).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.ask(move |store| async move { store.lease(lease).await }).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.ask(move |store| async move { store.compact(revision).await }).await
    }

    async fn status(&self) -> Result<Status> {
        self.ask(|store| async move { store.status().await }).await
    }
}

/// A watch whose work is done on the store's thread.
struct Told(mpsc::Receiver<Result<Event>>);

#[async_trait]
impl Watch for Told {
    async fn next(&mut self) -> Result<Event> {
        self.0.recv().await.unwrap_or_else(|| Err(ended()))
    }
}
