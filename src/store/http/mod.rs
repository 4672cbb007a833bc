//! The tree in a metadata service: every call is a request to its management API.

mod commit;
mod edit;
mod lease;
mod managed;
mod mode;
mod options;
mod part;
mod poll;
mod read;
mod seen;
mod store;
mod view;
mod watch;

pub use options::HttpOptions;
pub use store::Http;
