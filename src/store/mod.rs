//! The store: a tree of paths to text values, where every change is one revision.
//!
//! One contract, several implementations: memory (the shortest correct one, the
//! executable specification), SQLite (the embedded default) and etcd. One suite
//! of cases in `tests/it/store/` holds each of them to every promise made here.
//!
//! What all of them promise:
//!
//! - **Revisions** are positive integers that only grow. A new, empty store may
//!   start at any revision. Every answer says at which revision it is true.
//! - **Paths** are compared bytewise, and a subtree ends at a segment: `/cl-1`
//!   never holds `/cl-10`. A path is a leaf or a directory, never both.
//! - **Bookkeeping** is the store's own: a commit's note and the generations of
//!   the units it touches ([`commit::unit`]) are written with it. Reads of
//!   subtrees, names and watches never show them, and no commit may name them;
//!   a read of a generation's key by itself, at the latest revision, does show
//!   it: its revision counts, its value means nothing.
//! - **Values** are UTF-8 text of any content. A key or a value of a foreign
//!   writer that is no path or no text is not part of the tree: it is left out
//!   of every answer.
//! - **Errors** say whether trying again can help ([`Error::can_retry`]).
//!   Stores reconnect and retry by themselves within the time limit they were
//!   opened with; what they then return is [`Kind::Unavailable`].
//!

pub mod changes;
pub mod commit;
pub mod etcd;
pub mod gce;
pub mod http;
pub mod memory;
pub mod open;
mod puts;
pub mod reading;
mod refusals;
pub mod sqlite;
pub mod watching;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

pub use changes::{ChangeRef, Changes};
pub use commit::{Commit, Guard, Logged, Note, Outcome};
pub use reading::{At, Item, Name, Sink, What};
pub use watching::{Changed, Event, Revised, Watch};

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// A point in the history of a store.
pub type Revision = u64;

/// Names a lease: what gives keys a time to live. Never 0.
pub type LeaseId = i64;

/// The contract; see the module's documentation for what holds for all methods.
#[async_trait]
pub trait Store: Send + Sync {
    /// The endpoint as a person writes it, without secrets: `file:/…`, `etcd://…`.
    fn place(&self) -> String;

    /// Whether the store resolves `/self` by itself, by who is calling: then paths
    /// under `/self` are read, listed and watched as they stand.
    fn has_own_view(&self) -> bool {
        false
    }

    /// The same store for what this machine's node reads and writes of itself, where
    /// that goes another way.
    fn of_node(&self) -> Option<Arc<dyn Store>> {
        None
    }

    /// As which node the store takes records of this machine, and does what else is
    /// to be done with them; none where whoever calls writes them for any node.
    async fn own_node(&self) -> Result<Option<OwnNode>> {
        Ok(None)
    }

    /// Reads keys and subtrees, all of them at one revision, which is returned.
    ///
    /// - `sink` gets each item once, range after range in the order of `what`,
    ///   in a range sorted bytewise by path. An error it returns ends the read.
    /// - [`At::Latest`] is at least as new as every commit that was acknowledged
    ///   to anybody before the call.
    /// - [`At::Revision`] reads what was there right after that revision:
    ///   `Compacted` (naming the oldest readable one) when it is no longer kept,
    ///   `Invalid` when it has not happened yet. Expired leases play no part:
    ///   a key is there until the revision that deletes it.
    /// - [`At::Latest`] hides keys whose lease has run out.
    /// - Memory does not grow with the size of the answer.
    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision>;

    /// The children of a directory, sorted by name; empty when there is none.
    /// Costs what the answer is long, not what lies below.
    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)>;

    /// Whether commits may have guards. Where they may not, those that only keep
    /// two writers apart are left out.
    async fn takes_conditions(&self) -> Result<bool> {
        Ok(true)
    }

    /// Applies all changes in one revision, or none of them.
    ///
    /// - All guards must hold at the moment of the commit, else `Conflict`,
    ///   naming the guard that did not and what is there instead. Guards are
    ///   checked also when nothing would change.
    /// - A put of the value that is there (with the same lease) is no change, as is the
    ///   deletion of what is not there. A commit without any change makes no
    ///   revision and no note: [`Outcome::changed`] is 0.
    /// - A put below a leaf, or on a directory, is `Conflict`, unless the same
    ///   commit deletes what is in the way. Deletions come first, whatever
    ///   their order among the changes; a put inside a subtree that the same
    ///   commit deletes replaces it: only what really differs is changed, keys
    ///   put again with the same value keep their revisions, and keys put again
    ///   with another value keep their `create_revision`.
    /// - A put with a lease that has run out is `NotFound`. What is wrong with
    ///   the changes by themselves is `Invalid` ([`Changes::settle`]).
    /// - The note is kept with the revision, with the paths that really changed
    ///   (64 at most, then a count), and pruned by compaction.
    /// - More than the store takes in one commit is `TooLarge`, naming the
    ///   largest value, the size and the limit; nothing is written then.
    /// - After a cut connection the outcome is found out before answering:
    ///   success and failure are never a guess. Where that is impossible the
    ///   error is `Unavailable` and says that the outcome is unknown.
    async fn commit(&self, commit: &Commit) -> Result<Outcome>;

    /// What became of a commit whose answer was lost: its outcome, if a commit
    /// whose note has that operation is among those after revision `after`;
    /// none if there is none yet. `Compacted` when that is no longer known.
    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        let _ = (operation, after);
        let place = self.place();
        Err(Error::new(Kind::Unsupported, format!("`{place}` does not keep who has made commits")))
    }

    /// Every commit after revision `after` that changes something in
    /// `subtrees`: once, in order, whole, as [`Watch::next`] describes. With
    /// `after` before [`Status::oldest`] of a compacted store the watch, or its
    /// first event, is `Compacted`; one that has not happened is waited for.
    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>>;

    /// The same for who keeps the state itself: [`Changed::previous`] may be none
    /// although something was there. To look it up for each key of a large commit
    /// costs stores more than the rest.
    async fn follow(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        self.watch(subtrees, after).await
    }

    /// A new lease. `ttl` is rounded up to whole seconds, at least 2 s.
    /// Grants and renewals make no revision.
    async fn grant(&self, ttl: Duration) -> Result<Lease>;

    /// Sets the lease's time back to its full length; `NotFound` when it has run out.
    async fn renew(&self, lease: LeaseId) -> Result<Lease>;

    /// Ends a lease at once: its keys are deleted in one revision. `NotFound`
    /// when there is none.
    async fn revoke(&self, lease: LeaseId) -> Result<()>;

    /// What is known of a lease, none when it has run out.
    ///
    /// Keys whose lease runs out are deleted by an ordinary revision, whose
    /// note's actor is `ttl` where metactl writes it.
    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>>;

    /// Forgets what lies before `revision`: reads from there on stay possible,
    /// and so do watches after it. `Invalid` for a revision that has not
    /// happened; one already compacted is no error. Works beside writers.
    async fn compact(&self, revision: Revision) -> Result<()>;

    /// How the store is doing.
    async fn status(&self) -> Result<Status>;
}

/// A node as a service knows it by its address.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OwnNode {
    pub ip: String,
    pub node_id: String,
    pub instance_id: String,
    /// The cluster's id.
    pub cluster: String,
}

/// A time to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    /// Its full length.
    pub ttl: Duration,
    /// When it runs out unless it is renewed.
    pub expires: SystemTime,
}

/// How a store is doing; all sizes in bytes.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Status {
    pub endpoint: String,
    /// `memory`, `sqlite`, `etcd`, `http` or `gce`.
    pub kind: &'static str,
    /// The version of the library or server.
    pub version: String,
    pub revision: Revision,
    /// The oldest revision that can be read.
    pub oldest: Revision,
    /// Number of keys, metactl's own among them.
    pub keys: u64,
    /// Size of the database file.
    pub size: u64,
    /// The servers behind the endpoint; none for an embedded store.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// One server of a store.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Member {
    pub endpoint: String,
    pub healthy: bool,
    pub leader: bool,
    pub version: String,
    /// How long it took to answer, in milliseconds.
    pub latency_ms: f64,
    /// Why it is not healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The shortest time to live a store accepts.
pub const MIN_TTL: Duration = Duration::from_secs(2);

/// Time to live as stores keep it: whole seconds, rounded up, [`MIN_TTL`] at least.
pub fn round_ttl(ttl: Duration) -> Duration {
    let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
    Duration::from_secs(seconds).max(MIN_TTL)
}
