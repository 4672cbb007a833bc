//! A new cluster: from what is wanted to every leaf that is written.

mod hosts;
pub mod leaves;
pub mod plan;
pub mod records;

pub use plan::{AppText, Draft, Leaf, Plan, plan};
