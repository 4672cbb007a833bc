//! The tree that a metadata server of Google's protocol tells its instance: for reading.

mod ask;
mod history;
mod store;
mod watch;

pub use store::{Gce, GceOptions};
