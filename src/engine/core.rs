//! The engine itself: the current snapshot, who waits, and how the store is doing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::asker::Askers;
use super::quiet::Quiet;
use super::snapshot::Snapshot;
use super::waiting::{Waiters, Waiting};
use super::{follow, keep};
use crate::model::path::Path;
use crate::store::{Revision, Store};

/// How an engine works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The group of mappings and rules.
    pub group: String,
    /// After a change was told, further ones are told together when this has passed.
    pub quiet_window: Duration,
    /// Where the last known state is kept, for a start without the store.
    pub state_file: Option<PathBuf>,
}

/// How an engine is doing.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Whether there is a snapshot.
    pub ready: bool,
    pub revision: Revision,
    /// Where the knowledge of changes begins.
    pub floor: Revision,
    /// Whether the state is the one of the state file, not yet the store's.
    pub from_file: bool,
    /// Since when the store has not answered.
    pub away_since: Option<SystemTime>,
    /// Why it does not.
    pub why: Option<String>,
    /// When the state was last known to be the store's newest.
    pub fresh: Option<SystemTime>,
    /// The newest revision that the store is known to have.
    pub store_revision: Revision,
    pub waiters: u64,
    pub wake_ups: u64,
}

/// The tree in memory, kept up with the store. Ends with its last owner.
pub struct Engine {
    pub(super) shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the engine and its tasks share.
pub(super) struct Shared {
    pub(super) store: Arc<dyn Store>,
    pub(super) options: Options,
    pub(super) askers: Arc<Askers>,
    pub(super) current: ArcSwapOption<Snapshot>,
    /// Rings with every new snapshot.
    pub(super) bell: watch::Sender<u64>,
    pub(super) waiters: Arc<Waiters>,
    pub(super) quiet: Quiet,
    /// Asks for everything to be read anew.
    pub(super) reread: Notify,
    /// One at a time asks the store how far it is; and when that was.
    pub(super) asking: AsyncMutex<Option<Instant>>,
    store_state: Mutex<StoreState>,
    /// Whether that says that the store is away, or was never reached.
    stale: AtomicBool,
}

/// What is known of the store.
#[derive(Debug, Clone, Default)]
pub(super) struct StoreState {
    pub(super) from_file: bool,
    pub(super) away: Option<(SystemTime, String)>,
    pub(super) fresh: Option<SystemTime>,
    pub(super) revision: Revision,
}

impl Engine {
    /// Begins to read `store`, and to follow it from then on, in tasks of the
    /// current runtime.
    pub fn start(store: Arc<dyn Store>, options: Options) -> Arc<Engine> {
        let shared = Arc::new(Shared {
            store,
            quiet: Quiet::new(options.quiet_window),
            askers: Arc::new(Askers::new(&options.group)),
            options,
            current: ArcSwapOption::empty(),
            bell: watch::Sender::new(0),
            waiters: Arc::default(),
            reread: Notify::new(),
            asking: AsyncMutex::new(None),
            store_state: Mutex::default(),
            stale: AtomicBool::new(false),
        });
        let mut tasks = Vec::new();
        if let Some(file) = shared.options.state_file.clone() {
            keep::restore(&shared, &file);
            tasks.push(tokio::spawn(keep::keep(Arc::clone(&shared), file)));
        }
        tasks.push(tokio::spawn(follow::follow(Arc::clone(&shared))));
        Arc::new(Engine { shared, tasks })
    }

    /// The newest state; none before the first complete read of the store.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shared.current.load_full()
    }

    /// Whether the store may be further than the current state by now, as it does
    /// not answer: for every answer, where [`Engine::condition`] is for a few.
    pub fn is_stale(&self) -> bool {
        self.shared.stale.load(Ordering::Relaxed)
    }

    /// Waits until there is a state.
    pub async fn ready(&self) {
        self.first_snapshot().await;
    }

    pub(super) async fn first_snapshot(&self) -> Arc<Snapshot> {
        if let Some(snapshot) = self.snapshot() {
            return snapshot;
        }
        let mut bell = self.shared.bell.subscribe();
        loop {
            if let Some(snapshot) = self.snapshot() {
                return snapshot;
            }
            // The sender lives as long as the engine.
            let _ = bell.changed().await;
        }
    }

    /// How the engine and its store are doing.
    pub fn condition(&self) -> Condition {
        let snapshot = self.snapshot();
        let state = self.shared.state().clone();
        let (waiters, wake_ups) = self.shared.waiters.counts();
        let revision = snapshot.as_ref().map_or(0, |snapshot| snapshot.revision);
        let (away_since, why) = state.away.unzip();
        Condition {
            ready: snapshot.is_some(),
            revision,
            floor: snapshot.as_ref().map_or(0, |snapshot| snapshot.floor),
            from_file: state.from_file,
            away_since,
            why,
            fresh: state.fresh,
            store_revision: state.revision.max(revision),
            waiters,
            wake_ups,
        }
    }

    /// About the bytes that the current state takes, and how many leaves it has.
    /// Goes through all of it.
    pub fn size(&self) -> (usize, usize) {
        self.snapshot().map_or((0, 0), |snapshot| snapshot.tree.size())
    }

    /// Waits for changes at or below real paths. What is looked at after
    /// registering and has not changed yet wakes the waiting when it does.
    pub fn register(&self, paths: Vec<Path>) -> Waiting {
        self.shared.waiters.register(paths)
    }

    /// Writes the state file, if there is to be one, before the end.
    pub fn keep_state(&self) -> std::io::Result<()> {
        match (&self.shared.options.state_file, self.snapshot()) {
            (Some(file), Some(snapshot)) => keep::write(file, &snapshot),
            _ => Ok(()),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, StoreState> {
        self.store_state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of the store.
    pub(super) fn change_state(&self, change: impl FnOnce(&mut StoreState)) {
        let mut state = self.state();
        change(&mut state);
        self.stale.store(state.from_file || state.away.is_some(), Ordering::Relaxed);
    }

    /// Makes a snapshot the current one. Whoever waits is woken after it.
    pub(super) fn publish(&self, snapshot: Snapshot) {
        self.current.store(Some(Arc::new(snapshot)));
        self.bell.send_modify(|rings| *rings += 1);
    }
}
