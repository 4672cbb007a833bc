//! The service over real sockets.

mod gce;
mod callers;
mod hostile;
mod limits;
mod listening;
mod managing;
