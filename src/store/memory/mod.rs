//! The store in memory: the shortest correct one, the executable specification.

mod state;
mod store;

pub use store::Memory;
