//! Google Compute Engine's metadata tree, as a host's record can answer it.

pub mod account;
pub mod leaves;
pub mod names;
pub mod node;
pub mod render;
pub mod table;
