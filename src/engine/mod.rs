//! The serving engine: the tree in memory as immutable snapshots, and who waits for what.
//!
//! - A [`Snapshot`] is the tree right after one revision. Readers take the
//!   current one and never wait for a writer; a commit copies what it changes.
//! - What a client may see of it is a [`Sight`]: `/self` by its mapping, and the
//!   rest by its rules.
//! - A **version** is the revision of the snapshot that an answer was made from.
//!   It proves that nothing the client can see has changed since, on every
//!   replica, over restarts, compactions and restored backups
//!   ([`Engine::poll`]); where that cannot be known, the poll is answered.

mod access;
mod asker;
mod chunk;
mod core;
mod directory;
mod follow;
mod keep;
mod poll;
mod quiet;
mod shards;
mod sight;
mod snapshot;
mod tree;
mod waiting;

pub use asker::Asker;
pub use core::{Condition, Engine, Options};
pub use keep::check_state_file;
pub use poll::{Poll, Polled};
pub use shards::Shards;
pub use sight::{Content, Sight, SightKey};
pub use snapshot::Snapshot;
pub use waiting::Waiting;
