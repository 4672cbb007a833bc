//! Services over HTTP as a client: what is said on the wire, and the way to them.

pub mod failure;
pub mod lines;
pub mod link;
pub mod options;
pub mod tls;
pub mod wire;
