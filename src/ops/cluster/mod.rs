//! Clusters: made, looked at, taken away.

pub mod app;
pub mod commands;
pub mod create;
pub mod delete;
pub(in crate::ops) mod guards;
pub mod keys;
pub mod link;
pub mod list;
pub mod power;
pub mod request;
pub mod secrets;
pub mod show;
mod summary;
pub mod upgrade;
mod write;
