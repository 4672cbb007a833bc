//! Running a program with metadata as its environment.

pub mod choice;
pub mod start;
pub mod supervise;
