//! A store over shared memory: locks, reads, watches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;

use super::state::{State, Version};
use crate::error::Result;
use crate::model::path::Path;
use crate::store::{
    At, Commit, Event, Item, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch,
    What, refusals, round_ttl,
};

/// A store that lives as long as its last clone.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    newest: watch::Sender<Revision>,
}

impl Memory {
    /// A new, empty store at revision 1.
    pub fn new() -> Self {
        Memory::default()
    }

    /// The state, after what has run out by now is deleted.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire();
        self.0
            .newest
            .send_if_modified(|newest| std::mem::replace(newest, state.revision) != state.revision);
        state
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state();
        let answer = change(&mut state)?;
        self.0.newest.send_replace(state.revision);
        Ok(answer)
    }
}

fn give(sink: Sink<'_>, path: &Path, version: &Version) -> Result<()> {
    sink(Item {
        path: path.as_str(),
        value: version.value.as_deref().unwrap_or_default(),
        create_revision: version.create,
        mod_revision: version.revision,
        lease: version.lease,
    })
}

#[async_trait]
impl Store for Memory {
    fn place(&self) -> String {
        "memory:".to_owned()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let state = self.state();
        let revision = state.at(at)?;
        for range in what {
            match range {
                What::Key(path) => {
                    let generation = state.generations.get(path);
                    let found = state.version(path.as_str(), revision).or(generation);
                    found.map_or(Ok(()), |version| give(sink, path, version))?;
                }
                What::Subtree(top) | What::All(top) => state
                    .below(top, revision)
                    .try_for_each(|(path, version)| give(sink, path, version))?,
            }
        }
        Ok(revision)
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        let state = self.state();
        let revision = state.at(at)?;
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for (path, _) in state.below(directory, revision) {
            let rest = directory.relative(path.as_str()).unwrap_or_default();
            let mut segments = rest.split('/').skip(1);
            if let Some(name) = segments.next() {
                names.insert(name.to_owned(), segments.next().is_some());
            }
        }
        let names = names.into_iter().map(|(name, directory)| Name { name, directory }).collect();
        Ok((revision, names))
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.change(|state| state.commit(commit))
    }

    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        self.state().made(operation, after)
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        let newest = self.0.newest.subscribe();
        Ok(Box::new(Watcher { store: self.clone(), subtrees: subtrees.to_vec(), after, newest }))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        let ttl = round_ttl(ttl);
        let lease = Lease { id: fastrand::i64(1..), ttl, expires: SystemTime::now() + ttl };
        self.state().leases.insert(lease.id, lease);
        Ok(lease)
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        let mut state = self.state();
        let found = state.leases.get_mut(&lease).ok_or_else(|| refusals::no_lease(lease))?;
        found.expires = SystemTime::now() + found.ttl;
        Ok(*found)
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.change(|state| {
            if !state.leases.contains_key(&lease) {
                return Err(refusals::no_lease(lease));
            }
            state.end(&[lease], "revoke");
            Ok(())
        })
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        Ok(self.state().leases.get(&lease).copied())
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        let mut state = self.state();
        if revision > state.revision {
            return Err(refusals::future(revision, state.revision));
        }
        state.compact(revision);
        Ok(())
    }

    async fn status(&self) -> Result<Status> {
        let state = self.state();
        let root = Path::root();
        let tree = state.below(&root, state.revision);
        let sizes: Vec<_> = tree
            .map(|(path, v)| path.as_str().len() + v.value.as_ref().map_or(0, String::len))
            .collect();
        Ok(Status {
            endpoint: self.place(),
            kind: "memory",
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: state.revision,
            oldest: state.oldest(),
            keys: (sizes.len() + state.generations.len()) as u64,
            size: sizes.iter().sum::<usize>() as u64,
            members: Vec::new(),
        })
    }
}

struct Watcher {
    store: Memory,
    subtrees: Vec<Path>,
    after: Revision,
    newest: watch::Receiver<Revision>,
}

#[async_trait]
impl Watch for Watcher {
    async fn next(&mut self) -> Result<Event> {
        loop {
            self.newest.mark_unchanged();
            let expires = {
                let state = self.store.state();
                if let Some(revised) = state.next_commit(&self.subtrees, self.after)? {
                    self.after = revised.revision;
                    return Ok(Event::Commit(revised));
                }
                // Commits elsewhere are behind the watch: it may outlive their compaction.
                self.after = self.after.max(state.revision);
                state.leases.values().map(|lease| lease.expires).min()
            };
            let left = expires.map(|time| time.duration_since(SystemTime::now()));
            let left = left.map_or(Duration::from_secs(3600), Result::unwrap_or_default);
            // Both ends of the wait look again, and the sender lives in `self.store`.
            let _ = tokio::time::timeout(left, self.newest.changed()).await;
        }
    }
}
