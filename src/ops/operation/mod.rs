//! Operations: what of the life cycle takes several steps, each of them one commit.
//!
//! `record` holds the lock and makes the commits, `course` knows what each
//! phase of each kind changes, [`drive`] goes through the phases, and
//! [`end`] finishes or undoes what somebody else has left in flight.

mod assertion;
pub mod busy;
pub mod commands;
mod course;
pub mod drive;
pub mod end;
mod record;
pub mod rehearse;
pub mod status;
pub mod step;
pub mod who;
