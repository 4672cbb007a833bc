//! Scaling: the phases of each kind, as things stand when they come.

pub mod ground;
pub mod r#in;
pub mod out;
pub mod up;
