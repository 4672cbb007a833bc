//! The management API: routes, each of them one call of an op.

mod router;

pub use router::router;
