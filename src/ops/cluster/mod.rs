//! Clusters: made, looked at, taken away.

pub mod app;
pub mod create;
pub mod delete;
mod guards;
pub mod keys;
pub mod list;
pub mod request;
pub mod show;
mod summary;
mod write;
