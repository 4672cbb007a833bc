//! Watching: what changes in a view, told commit by commit, once and in order.

pub mod change;
pub mod cursor;
pub mod deliver;
pub mod follow;
pub mod handler;
pub mod pace;
pub mod scene;
pub mod state;
