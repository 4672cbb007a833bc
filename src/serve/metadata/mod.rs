//! The metadata API: metad's protocol over the engine.

mod accept;
mod answer;
mod bodies;
mod body;
mod stamp;
mod state;
mod target;
mod view;

pub use answer::answer;
pub use state::State;
