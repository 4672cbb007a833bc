//! The work, as async functions over a store; knows neither clap nor printing.

pub mod identity;
pub mod node;
pub mod view;
