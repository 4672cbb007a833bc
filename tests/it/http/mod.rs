//! The service over real sockets.

mod callers;
mod draining;
mod gce;
mod hostile;
mod limits;
mod listening;
mod managing;
mod secret;
