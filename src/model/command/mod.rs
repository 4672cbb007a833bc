//! Commands to nodes: what is ordered, what became of it on each node, and
//! whose turn it is.

pub mod fate;
pub mod order;
pub mod turns;

pub use fate::{Fate, Runner, State};
pub use order::{Order, Step, Target};
