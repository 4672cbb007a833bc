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

    /// Whether these are the paths that it waits for.
    pub(super) fn is_for(&self, paths: &[Path]) -> bool {
        self.paths == paths
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

    pub(super) fn register(self: &Arc<Self>, paths: Vec<Path>) -> Waiting {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let notify = Arc::new(Notify::new());
        let mut slots = self.lock();
        for path in &paths {
            let slot = match slots.get_mut(path) {
                Some(slot) => slot,
                // Most wait where others do.
                None => slots.entry(path.clone()).or_default(),
            };
            slot.insert(number, Arc::clone(&notify));
        }
        drop(slots);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { waiters: Arc::clone(self), number, paths, notify }
    }

    /// Wakes those whom a change of these paths concerns.
    pub(super) fn wake<'a>(&self, changed: impl Iterator<Item = &'a str>) {
        let mut woken = HashMap::new();
        let slots = self.lock();
        if slots.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        for path in changed {
            let mut above = Some(path);
            // Where one path was seen, so were all above it.
            while let Some(path) = above.filter(|path| seen.insert(*path)) {
                for (number, notify) in slots.get(path).into_iter().flatten() {
                    woken.entry(*number).or_insert_with(|| Arc::clone(notify));
                }
                above = match path.rfind('/') {
                    Some(0) if path.len() > 1 => Some("/"),
                    Some(slash) if slash > 0 => path.get(..slash),
                    _ => None,
                };
            }
        }
        drop(slots);
        self.notify(&woken);
    }

    /// Wakes everybody.
    pub(super) fn wake_all(&self) {
        let each = |slot: &HashMap<u64, Arc<Notify>>| slot.clone();
        let woken: HashMap<_, _> = self.lock().values().flat_map(each).collect();
        self.notify(&woken);
    }

    /// Without the lock, which those who are woken take next.
    fn notify(&self, woken: &HashMap<u64, Arc<Notify>>) {
        self.wake_ups.fetch_add(woken.len() as u64, Ordering::Relaxed);
        woken.values().for_each(|notify| notify.notify_one());
    }

    /// How many wait, and how many have been woken so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.waiting.load(Ordering::Relaxed), self.wake_ups.load(Ordering::Relaxed))
    }
}
