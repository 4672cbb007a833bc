//! The agent of a node: runs what is sent to it, once, and reports.

pub mod presence;
