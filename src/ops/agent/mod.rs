//! The agent of a node: runs what is sent to it, once, and reports.

pub mod all;
mod child;
mod claim;
mod log;
pub mod presence;
mod process;
mod report;
pub mod serve;
mod slot;
mod stale;
mod tail;
mod work;
