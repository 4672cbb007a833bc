//! The management API: the tree for those who may change it.

mod asked;
mod commit;
mod desk;
mod flights;
mod form;
mod lease;
mod read;
mod reply;
mod router;
mod rule;
mod tree;
mod upkeep;
mod watch;

pub use desk::Desk;
pub use flights::Flights;
pub use router::{router, routes, routes_of_metad};
