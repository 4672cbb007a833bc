//! The service over real sockets.

mod gce;
mod hostile;
mod listening;
