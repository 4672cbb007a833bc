//! Scaling as a person types it.

mod flight;
mod out;
