//! When what has changed is delivered: quiet times, splay, counts, empty views.
//!
//! A state machine over injected time: it neither waits nor looks at a clock.

use std::time::{Duration, Instant};

use super::change::{Commit, Origin};

/// How many changes may wait for a slow reader; from there on the store waits too.
const MAX_PENDING: usize = 65_536;

/// How a watcher wants to be told.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Wait until it has been quiet for the first, at most for the second.
    pub debounce: Option<(Duration, Duration)>,
    /// Wait for a random time up to this as well.
    pub splay: Duration,
    /// End after that many changes; the commit that reaches it is whole.
    pub count: Option<u64>,
    /// Deliver nothing while the view is empty.
    pub refuse_empty: bool,
}

/// Whole commits that wait for their delivery.
#[derive(Debug)]
pub struct Pending {
    pace: Pace,
    random: fastrand::Rng,
    /// How many changes may still be delivered.
    left: Option<u64>,
    commits: Vec<Commit>,
    changes: usize,
    /// Those of them that `count` counts: all but the state at the start.
    counted: u64,
    first: Option<Instant>,
    last: Option<Instant>,
    splay: Duration,
}

impl Pending {
    pub fn new(pace: Pace, random: fastrand::Rng) -> Pending {
        let left = pace.count;
        Pending {
            pace,
            random,
            left,
            commits: Vec::new(),
            changes: 0,
            counted: 0,
            first: None,
            last: None,
            splay: Duration::ZERO,
        }
    }

    /// Whether one more commit may be added.
    pub fn wants(&self) -> bool {
        !self.is_last() && (self.is_held() || self.changes < MAX_PENDING)
    }

    /// Takes in a commit that has come at `now`.
    pub fn add(&mut self, commit: Commit, now: Instant) {
        if self.commits.is_empty() {
            self.first = Some(now);
            self.splay = self.pace.splay.mul_f64(self.random.f64());
        }
        self.last = Some(now);
        self.changes += commit.changes.len();
        if commit.origin != Origin::Initial {
            self.counted += commit.changes.len() as u64;
        }
        self.commits.push(commit);
    }

    /// Whether something waits only because the view has become empty.
    pub fn is_held(&self) -> bool {
        self.pace.refuse_empty && self.commits.last().is_some_and(|commit| commit.keys == 0)
    }

    /// When to deliver; none when there is nothing to deliver.
    pub fn due(&self) -> Option<Instant> {
        let (first, last) = (self.first?, self.last?);
        if self.is_held() {
            return None;
        }
        let quiet = match self.pace.debounce {
            // Nothing more is going to come.
            _ if self.is_last() => first,
            Some((min, max)) => (last + min).min(first + max),
            None => first,
        };
        Some(quiet + self.splay)
    }

    /// The commits to deliver now, in order.
    pub fn take(&mut self) -> Vec<Commit> {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(self.counted);
        }
        self.changes = 0;
        self.counted = 0;
        self.first = None;
        self.last = None;
        std::mem::take(&mut self.commits)
    }

    /// Whether as many changes as were wanted have been taken.
    pub fn is_finished(&self) -> bool {
        self.left == Some(0)
    }

    /// Whether what waits reaches the wanted number of changes.
    fn is_last(&self) -> bool {
        !self.is_held() && self.left.is_some_and(|left| self.counted >= left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::path::Path;
    use crate::ops::watch::change::Stamp;

    fn commit(revision: u64, changes: usize, keys: usize) -> Commit {
        let stamp = Stamp::of(revision, None);
        let path = Path::parse("/a").unwrap();
        let change = stamp.change(path, None, Some("v".to_owned()), None);
        Commit { revision, origin: Origin::History, changes: vec![change; changes], keys }
    }

    fn pending(pace: Pace) -> Pending {
        Pending::new(pace, fastrand::Rng::with_seed(1))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn without_a_pace_everything_is_due_at_once() {
        let (mut pending, now) = (pending(Pace::default()), Instant::now());
        assert_eq!(pending.due(), None);
        pending.add(commit(1, 1, 1), now);
        assert_eq!(pending.due(), Some(now));
        assert_eq!(pending.take().len(), 1);
        assert_eq!(pending.due(), None);
    }

    #[test]
    fn debounce_waits_for_quiet_but_not_for_ever() {
        let pace = Pace { debounce: Some((SECOND, 3 * SECOND)), ..Pace::default() };
        let (mut pending, start) = (pending(pace), Instant::now());
        pending.add(commit(1, 1, 1), start);
        assert_eq!(pending.due(), Some(start + SECOND));
        pending.add(commit(2, 1, 1), start + SECOND / 2);
        assert_eq!(pending.due(), Some(start + SECOND * 3 / 2));
        pending.add(commit(3, 1, 1), start + SECOND * 5 / 2);
        assert_eq!(pending.due(), Some(start + 3 * SECOND));
        assert_eq!(pending.take().len(), 3);
    }

    #[test]
    fn a_count_keeps_commits_whole_and_does_not_wait_for_quiet() {
        let debounce = Some((SECOND, SECOND));
        let pace = Pace { debounce, count: Some(3), ..Pace::default() };
        let (mut pending, now) = (pending(pace), Instant::now());
        let initial = Commit { origin: Origin::Initial, ..commit(1, 9, 9) };
        pending.add(initial, now);
        pending.add(commit(2, 2, 1), now);
        assert!(pending.wants());
        pending.add(commit(3, 5, 1), now);
        assert!(!pending.wants());
        assert_eq!(pending.due(), Some(now));
        assert_eq!(pending.take().len(), 3);
        assert!(pending.is_finished());
    }

    #[test]
    fn an_empty_view_is_held_back_until_it_is_not() {
        let pace = Pace { refuse_empty: true, count: Some(1), ..Pace::default() };
        let (mut pending, now) = (pending(pace), Instant::now());
        pending.add(commit(1, 1, 0), now);
        assert!(pending.is_held() && pending.wants());
        assert_eq!(pending.due(), None);
        pending.add(commit(2, 1, 1), now + SECOND);
        assert_eq!(pending.due(), Some(now));
        assert_eq!(pending.take().len(), 2);
        assert!(pending.is_finished());
    }

    proptest! {
        #[test]
        fn every_commit_is_taken_once_in_order_and_never_late(
            steps in proptest::collection::vec((0u64..2_000, 0usize..4, any::<bool>()), 1..40),
            min in 0u64..1_000, more in 0u64..3_000, splay in 0u64..500, seed in any::<u64>(),
        ) {
            let (min, max) = (Duration::from_millis(min), Duration::from_millis(min + more));
            let splay = Duration::from_millis(splay);
            let pace = Pace { debounce: Some((min, max)), splay, ..Pace::default() };
            let mut pending = Pending::new(pace, fastrand::Rng::with_seed(seed));
            let mut now = Instant::now();
            let (mut first, mut taken, mut added) = (None, Vec::new(), 0);
            for (pause, changes, busy) in steps {
                let next = now + Duration::from_millis(pause);
                if let Some(due) = pending.due() {
                    prop_assert!(due <= first.unwrap_or(now) + max + splay);
                    prop_assert!(due >= now.min(due));
                    // While a handler runs nothing is taken, whatever is due.
                    if due <= next && !busy {
                        taken.extend(pending.take().into_iter().map(|commit| commit.revision));
                        first = None;
                    }
                }
                now = next;
                added += 1;
                first.get_or_insert(now);
                pending.add(commit(added, changes, 1), now);
            }
            taken.extend(pending.take().into_iter().map(|commit| commit.revision));
            prop_assert_eq!(taken, (1..=added).collect::<Vec<_>>());
        }
    }
}
