//! Operations that die half-way: whatever happens to whoever drives them, they
//! are completed or undone, and nobody ever sees half a phase.

mod commands;
mod faulty;
mod kills;
mod matrix;
mod phases;
mod readers;
mod scene;
