//! Scaling as a person types it.

mod flight;
mod r#in;
mod out;
mod up;
