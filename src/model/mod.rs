//! Pure types and rules: no store, no terminal, no clock.

pub mod path;
