//! The metadata API: metad's protocol over the engine.

mod answer;
mod bodies;
mod stamp;
mod state;
mod target;
mod view;

pub use answer::answer;
pub use state::State;
