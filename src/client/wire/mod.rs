//! What the command line and the management API of `metactl serve` say to each other.
//!
//! Everything is JSON. Answers of any length are lines of JSON, the last of which
//! says how it ended: an answer without it was cut off.

mod commit;
mod read;
mod upkeep;
mod watch;

use std::time::Duration;

pub use commit::{CommitSent, CommitTaken, Made};
pub use read::{End, Leaf, Name, Names, Read, ReadLine, Wanted, at};
pub use upkeep::{Compact, Grant, LeaseTold, ServiceStatus, StatusTaken, StoreTaken, millis};
pub use watch::{Told, WatchFrom, WatchLine};

/// The largest request that a service takes, in bytes: a commit with its values.
pub const MAX_REQUEST: usize = 64 << 20;
/// A watch says at least so often that it is alive.
pub const ALIVE_EVERY: Duration = Duration::from_secs(3);
/// The header with the revision at which an answer is true.
pub const VERSION: &str = "x-metad-version";
/// The header that says who commits.
pub const ACTOR: &str = "x-metactl-actor";
