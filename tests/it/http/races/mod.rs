//! Readers and writers at once: every answer is of exactly one revision, and
//! no change is missed.

mod bad_days;
mod gap;
mod grounds;
mod replaced;
mod replicas;
