//! Google Compute Engine's metadata protocol: the same tree, as Google's clients ask for it.

mod answer;
mod facts;
mod guest;
mod number;
mod page;
mod query;
mod wait;

pub use answer::{answer, is_asked};
pub use number::Numbers;
