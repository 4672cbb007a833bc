//! The embedded store: one SQLite file, any number of processes at once.

mod bell;
mod compact;
mod failure;
mod format;
mod lease;
mod links;
mod made;
mod meta;
mod names;
mod paths;
mod place;
mod read;
mod snapshot;
mod store;
mod threaded;
mod turn;
mod watch;
mod write;

pub use compact::Keep;
pub use store::Sqlite;
pub use threaded::Threaded;
