//! Google's metadata protocol over the engine.

mod answer;

pub use answer::{answer, is_asked};
