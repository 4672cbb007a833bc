//! The management API: the tree for those who may change it.

mod asked;
mod commit;
mod desk;
mod flights;
mod lease;
mod read;
mod reply;
mod router;
mod upkeep;
mod watch;

pub use desk::Desk;
pub use router::{router, routes};
