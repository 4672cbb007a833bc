//! Who waits for a change of which paths.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::path::Path;

/// Everybody who waits, by the paths waited for.
#[derive(Default)]
pub(super) struct Waiters {
    slots: Mutex<HashMap<Path, HashMap<u64, Arc<Notify>>>>,
    next: AtomicU64,
    waiting: AtomicU64,
    wake_ups: AtomicU64,
}

/// Waits for changes of some paths and of anything below them; ends when it is
/// dropped. A change between two waits is not missed.
pub struct Waiting {
    waiters: Arc<Waiters>,
    number: u64,
    paths: Vec<Path>,
    notify: Arc<Notify>,
}

impl Waiting {
    /// Waits until a commit has changed something there. Several commits can
    /// count as one.
    pub async fn changed(&mut self) {
        self.notify.notified().await;
    }

    /// What it waits for.
    pub(super) fn paths(&self) -> &[Path] {
        &self.paths
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waiters.waiting.fetch_sub(1, Ordering::Relaxed);
        let mut slots = self.waiters.lock();
        for path in &self.paths {
            if let Some(slot) = slots.get_mut(path) {
                slot.remove(&self.number);
                if slot.is_empty() {
                    slots.remove(path);
                }
            }
        }
    }
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, HashMap<Path, HashMap<u64, Arc<Notify>>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register(self: &Arc<Self>, mut paths: Vec<Path>) -> Waiting {
        paths.sort_unstable();
        paths.dedup();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let notify = Arc::new(Notify::new());
        let mut slots = self.lock();
        for path in &paths {
            slots.entry(path.clone()).or_default().insert(number, Arc::clone(&notify));
        }
        drop(slots);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { waiters: Arc::clone(self), number, paths, notify }
    }

    /// Wakes those whom a change of these paths concerns.
    pub(super) fn wake<'a>(&self, changed: impl Iterator<Item = &'a str>) {
        let slots = self.lock();
        if slots.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        let mut woken = HashSet::new();
        for path in changed {
            let mut above = Some(path);
            // Where one path was seen, so were all above it.
            while let Some(path) = above.filter(|path| seen.insert(*path)) {
                for (number, notify) in slots.get(path).into_iter().flatten() {
                    if woken.insert(*number) {
                        notify.notify_one();
                    }
                }
                above = match path.rfind('/') {
                    Some(0) if path.len() > 1 => Some("/"),
                    Some(slash) if slash > 0 => path.get(..slash),
                    _ => None,
                };
            }
        }
        self.wake_ups.fetch_add(woken.len() as u64, Ordering::Relaxed);
    }

    /// Wakes everybody.
    pub(super) fn wake_all(&self) {
        let slots = self.lock();
        let mut woken = HashSet::new();
        for (number, notify) in slots.values().flatten() {
            if woken.insert(*number) {
                notify.notify_one();
            }
        }
        self.wake_ups.fetch_add(woken.len() as u64, Ordering::Relaxed);
    }

    /// How many wait, and how many have been woken so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.waiting.load(Ordering::Relaxed), self.wake_ups.load(Ordering::Relaxed))
    }
}
