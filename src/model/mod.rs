//! Pure types and rules: no store, no terminal, no clock.

pub mod links;
pub mod mapping;
pub mod path;
pub mod selfview;
