//! The service over real sockets.

mod hostile;
mod listening;
