//! Parameters of a cluster: shown, set and taken away.

pub mod change;
pub mod get;
mod ground;
