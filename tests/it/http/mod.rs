//! The service over real sockets.

mod callers;
mod confd;
mod draining;
pub mod gce;
mod hostile;
mod limits;
mod listening;
mod manage;
mod managing;
mod metadata;
mod nodes;
mod paths;
mod races;
mod secret;
