//! Who waits for a change of which paths.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;
use tokio::sync::Notify;

use crate::model::path::Path;

/// From how many paths on those are searched for which nobody waits any more.
const SWEEP: usize = 1024;

/// Everybody who waits, by the paths waited for.
#[derive(Default)]
pub(super) struct Waiters {
    slots: Mutex<Slots>,
    waiting: AtomicU64,
    wake_ups: AtomicU64,
}

/// Slots of paths. An empty one stays for a while: who was answered will soon wait
/// again.
#[derive(Default)]
struct Slots {
    by_path: HashMap<Path, usize>,
    all: Slab<Slot>,
    sweep_at: usize,
}

/// Who waits for one path.
type Slot = Slab<Arc<Notify>>;

/// Waits for changes of some paths and of anything below them; ends when it is
/// dropped. A change between two waits is not missed.
pub struct Waiting {
    waiters: Arc<Waiters>,
    paths: Vec<Path>,
    /// Its place for each of them: the slot, and where in it.
    places: Vec<(usize, usize)>,
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
        for (slot, place) in &self.places {
            if let Some(slot) = slots.all.get_mut(*slot) {
                slot.try_remove(*place);
            }
        }
    }
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register(self: &Arc<Self>, paths: Vec<Path>) -> Waiting {
        let notify = Arc::new(Notify::new());
        let mut places = Vec::with_capacity(paths.len());
        let mut slots = self.lock();
        slots.sweep();
        for path in &paths {
            let slot = slots.of(path);
            // It is there, by the line before.
            places.push((slot, slots.all[slot].insert(Arc::clone(&notify))));
        }
        drop(slots);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { waiters: Arc::clone(self), paths, places, notify }
    }

    /// Wakes those whom a change of these paths concerns.
    pub(super) fn wake<'a>(&self, changed: impl Iterator<Item = &'a str>) {
        let mut woken = Vec::new();
        let slots = self.lock();
        if slots.by_path.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        for path in changed {
            let mut above = Some(path);
            // Where one path was seen, so were all above it.
            while let Some(path) = above.filter(|path| seen.insert(*path)) {
                let slot = slots.by_path.get(path).and_then(|slot| slots.all.get(*slot));
                woken.extend(slot.into_iter().flatten().map(|(_, notify)| Arc::clone(notify)));
                above = match path.rfind('/') {
                    Some(0) if path.len() > 1 => Some("/"),
                    Some(slash) if slash > 0 => path.get(..slash),
                    _ => None,
                };
            }
        }
        drop(slots);
        self.notify(woken);
    }

    /// Wakes everybody.
    pub(super) fn wake_all(&self) {
        let slots = self.lock();
        let all = slots.all.iter().flat_map(|(_, slot)| slot);
        let woken = all.map(|(_, notify)| Arc::clone(notify)).collect();
        drop(slots);
        self.notify(woken);
    }

    /// Each of them once. Without the lock, which those who are woken take next.
    fn notify(&self, mut woken: Vec<Arc<Notify>>) {
        woken.sort_unstable_by_key(Arc::as_ptr);
        woken.dedup_by(|one, other| Arc::ptr_eq(one, other));
        self.wake_ups.fetch_add(woken.len() as u64, Ordering::Relaxed);
        woken.iter().for_each(|notify| notify.notify_one());
    }

    /// How many wait, and how many have been woken so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.waiting.load(Ordering::Relaxed), self.wake_ups.load(Ordering::Relaxed))
    }
}

impl Slots {
    /// The slot of that path.
    fn of(&mut self, path: &Path) -> usize {
        if let Some(slot) = self.by_path.get(path) {
            return *slot;
        }
        let slot = self.all.insert(Slot::new());
        self.by_path.insert(path.clone(), slot);
        slot
    }

    /// Forgets paths for which nobody waits, when there are many more than at the
    /// last time.
    fn sweep(&mut self) {
        if self.by_path.len() < self.sweep_at.max(SWEEP) {
            return;
        }
        let Slots { by_path, all, .. } = self;
        by_path.retain(|_, slot| {
            let is_used = all.get(*slot).is_some_and(|slot| !slot.is_empty());
            if !is_used {
                all.try_remove(*slot);
            }
            is_used
        });
        self.sweep_at = self.by_path.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn who_waits_for_what_is_above_is_woken_once() {
        let waiters = Arc::new(Waiters::default());
        let one = waiters.register(vec![path("/a"), path("/a/b"), path("/c")]);
        let _other = waiters.register(vec![path("/a/bc"), path("/d")]);
        waiters.wake(["/a/b/x", "/a/b/y", "/c"].into_iter());
        assert_eq!(waiters.counts(), (2, 1));
        drop(one);
        waiters.wake(["/a/b/x", "/c"].into_iter());
        assert_eq!(waiters.counts(), (1, 1));
        waiters.wake_all();
        assert_eq!(waiters.counts(), (1, 2));
    }

    #[test]
    fn paths_that_nobody_waits_for_are_forgotten() {
        let waiters = Arc::new(Waiters::default());
        let kept = waiters.register(vec![path("/kept")]);
        for number in 0..100_000 {
            drop(waiters.register(vec![path(&format!("/gone-{number}"))]));
        }
        let known = {
            let slots = waiters.lock();
            [slots.by_path.len(), slots.all.len()]
        };
        assert!(known[0] <= SWEEP && known[0] == known[1], "{known:?}");
        waiters.wake(["/kept", "/gone-99999"].into_iter());
        assert_eq!(waiters.counts(), (1, 1));
        drop(kept);
    }
}
