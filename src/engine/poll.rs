//! Long polls: the contract of the version token.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::core::Engine;
use super::sight::Sight;
use super::snapshot::Snapshot;
use super::waiting::Waiting;
use crate::model::path::Path;
use crate::store::Revision;

/// The store is not asked more often than this: those who come meanwhile share
/// the next question.
const ONE_ANSWER: Duration = Duration::from_millis(50);
/// Longer than any store takes before it gives up by itself.
const NO_LIMIT: Duration = Duration::from_secs(3600);
/// Longer than commits take from the store to here, when both are well.
const IN_FLIGHT: Duration = Duration::from_millis(500);

/// What is waited for.
#[derive(Debug, Clone)]
pub struct Poll {
    pub ip: IpAddr,
    pub path: Path,
    /// The version that the client knows; without one the next change is waited for.
    pub since: Option<Revision>,
    /// How long, at most.
    pub limit: Duration,
}

/// How a poll ends.
pub struct Polled {
    pub sight: Sight,
    /// False when the time was up before anything changed.
    pub changed: bool,
}

impl Polled {
    /// The snapshot that the answer is made from.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        self.sight.snapshot()
    }
}

impl Engine {
    /// Waits until something that the client sees at the path has changed after
    /// the version it knows, or until that cannot be told:
    ///
    /// - A version below the floor of this engine is answered at once, with one
    ///   that is not: once for each client and restart.
    /// - A version above its own makes it catch up with the store first. Only
    ///   where the store does not have it either, or does not answer, it is
    ///   answered at once.
    /// - What others may see, or what lies elsewhere, plays no part. A change of
    ///   the client's mapping or rules does.
    /// - The first change after a quiet time is told at once; further ones that
    ///   come within the quiet window are told together when it is over.
    pub async fn poll(&self, poll: &Poll) -> Polled {
        let deadline = Instant::now() + poll.limit;
        let (first, lineage) = {
            let snapshot = self.first_snapshot().await;
            (snapshot.revision, snapshot.lineage)
        };
        if let Some(since) = poll.since {
            // Its limit is the poll's own.
            let _ = timeout_at(deadline, self.reach(since)).await;
        }
        // Without a version the state of now is what is known.
        let since = poll.since.unwrap_or(first);
        let mut waiting: Option<Waiting> = None;
        let mut told = since;
        let quiet = loop {
            // While it waits it holds no snapshot: each would keep alive what
            // later changes have replaced.
            let (depends, seen) = {
                let sight = self.look(poll).await;
                if is_news(&sight, since, lineage) {
                    match self.shared.quiet.until(told) {
                        None => return Polled { sight, changed: true },
                        Some(until) => break until,
                    }
                }
                // What the client knows to be the last change began a quiet window.
                told = sight.changed();
                (sight.depends(), sight.snapshot().id())
            };
            let waits = match waiting.take().filter(|waits| waits.is_for(&depends)) {
                Some(waits) => waiting.insert(waits),
                None => {
                    let waits = waiting.insert(self.register(depends));
                    // What came between the look and the registration is looked for
                    // once more; then the registration stands.
                    if self.snapshot().is_none_or(|newest| newest.id() != seen) {
                        continue;
                    }
                    waits
                }
            };
            if timeout_at(deadline, waits.changed()).await.is_err() {
                return Polled { sight: self.look(poll).await, changed: false };
            }
        };
        // What comes until the quiet window is over is told together.
        sleep_until(quiet.into()).await;
        Polled { sight: self.look(poll).await, changed: true }
    }

    /// What the client sees by now.
    async fn look(&self, poll: &Poll) -> Sight {
        let snapshot = self.first_snapshot().await;
        snapshot.see(&snapshot.asker(poll.ip), &poll.path)
    }

    /// Catches up with the store as far as `revision`, if it has got that far.
    async fn reach(&self, revision: Revision) {
        if self.has_reached(revision) || !self.store_has(revision).await {
            return;
        }
        if timeout_at(Instant::now() + IN_FLIGHT, self.until_reached(revision)).await.is_err() {
            // A revision that concerns nothing here never arrives by itself.
            self.shared.reread.notify_one();
            self.until_reached(revision).await;
        }
    }

    fn has_reached(&self, revision: Revision) -> bool {
        self.snapshot().is_some_and(|snapshot| snapshot.revision >= revision)
    }

    async fn until_reached(&self, revision: Revision) {
        let mut bell = self.shared.bell.subscribe();
        while !self.has_reached(revision) {
            // The sender lives as long as the engine.
            let _ = bell.changed().await;
        }
    }

    /// Whether the store has that revision; false also when it does not answer.
    async fn store_has(&self, revision: Revision) -> bool {
        let came = Instant::now();
        let mut asked = self.shared.asking.lock().await;
        if self.shared.state().revision >= revision {
            return true;
        }
        if let Some(last) = *asked {
            // Only what was asked after this poll had come says anything about it.
            if last >= came {
                return false;
            }
            sleep_until(last + ONE_ANSWER).await;
        }
        *asked = Some(Instant::now());
        // One that is known to be away may be back, but is not waited for.
        let patience = if self.is_stale() { ONE_ANSWER } else { NO_LIMIT };
        let answer = timeout_at(Instant::now() + patience, self.shared.ask()).await;
        answer.is_ok_and(|answer| answer.is_ok_and(|newest| newest >= revision))
    }
}

/// Whether a client that knows version `since` is to be told.
fn is_news(sight: &Sight, since: Revision, lineage: u32) -> bool {
    let snapshot = sight.snapshot();
    since < snapshot.floor
        || since > snapshot.revision
        || snapshot.lineage != lineage
        || sight.changed() > since
}
