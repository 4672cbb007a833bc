//! One file for each command, found by its words: arguments, one call, the view.

pub mod args;
pub mod complete;
pub mod version;
