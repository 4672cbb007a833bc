//! All integration tests are one binary: it is linked once.

// One binary: nothing in it is reachable from outside.
#![allow(unreachable_pub)]

mod cli;
mod faults;
mod house;
mod store;
mod support;
