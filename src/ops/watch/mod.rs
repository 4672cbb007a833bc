//! Watching: what changes in a view, told commit by commit, once and in order.

pub mod attend;
#[cfg(test)]
mod cases;
pub mod change;
pub mod cursor;
pub mod deliver;
pub mod follow;
mod follower;
pub mod handler;
pub mod pace;
pub mod scene;
pub mod state;
