//! The tree in a metadata service: every call is a request to its management API,
//! or to its metadata API for what that shows and takes of this machine.

mod commit;
mod edit;
mod lease;
mod managed;
mod mode;
mod node;
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
