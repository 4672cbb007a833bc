//! Scaling, worked out before anything is written: which nodes come, go or grow.

pub mod leaving;
pub mod out;
pub mod present;
pub mod rename;
pub mod resize;
