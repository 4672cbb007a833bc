//! What a node may write about itself, by nothing but its address.

mod allowed;
mod answer;
mod attributes;
mod command;
mod me;
mod records;
mod state;

pub use answer::{answer, is_asked};
pub use state::State;
