//! Commands to nodes: sent into their slots, run by their agents, waited for.

pub mod adopt;
pub mod cancel;
pub mod list;
mod occupied;
mod place;
pub(in crate::ops) mod prune;
pub mod records;
pub mod run;
pub mod service;
pub mod show;
pub mod targets;
mod watching;
