//! When the last changes came: the first after a quiet time is told at once,
//! further ones soon after it together.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::Revision;

/// More commits than this within one window are not told apart.
const MOST: usize = 4096;

/// The commits of the last window.
pub(super) struct Quiet {
    window: Duration,
    recent: Mutex<VecDeque<(Revision, Instant)>>,
}

impl Quiet {
    pub(super) fn new(window: Duration) -> Quiet {
        Quiet { window, recent: Mutex::default() }
    }

    /// A commit has come.
    pub(super) fn note(&self, revision: Revision) {
        if self.window.is_zero() {
            return;
        }
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent.len() >= MOST
            || recent.front().is_some_and(|(_, came)| now.duration_since(*came) > self.window)
        {
            recent.pop_front();
        }
        recent.push_back((revision, now));
    }

    /// Until when further changes are held back from one to whom `revision` was
    /// told; none if it came long enough ago.
    pub(super) fn until(&self, revision: Revision) -> Option<Instant> {
        if self.window.is_zero() {
            return None;
        }
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.partition_point(|(known, _)| *known < revision);
        let (known, came) = recent.get(at)?;
        (*known == revision).then(|| *came + self.window).filter(|until| *until > Instant::now())
    }
}
