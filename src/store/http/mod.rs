//! The tree in a metadata service: every call is a request to its management API.

mod commit;
mod lease;
mod options;
mod read;
mod store;
mod watch;

pub use options::HttpOptions;
pub use store::Http;
