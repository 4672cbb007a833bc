//! metad's protocol over the engine.

mod answer;

pub use answer::answer;
