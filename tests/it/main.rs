//! All integration tests are one binary: it is linked once.

// One binary: nothing in it is reachable from outside.
#![allow(unreachable_pub)]
// What a test cannot do is a failure of the test.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Figures and seeds are for who reads the output of a test.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod cli;
mod engine;
mod faults;
mod house;
mod http;
mod readme;
mod reference;
mod store;
mod support;
mod view;
