//! The metadata service: request, one call, reply.

pub mod address;
pub mod app;
pub mod connection;
pub mod exchange;
pub mod gce;
pub mod http;
pub mod listener;
pub mod manage;
pub mod metadata;
pub mod options;
pub mod protocol;
pub mod run;
