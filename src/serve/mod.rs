//! The metadata service: request, one call, reply.

mod accept;
pub mod access_log;
pub mod address;
pub mod app;
mod body;
pub mod caller;
pub mod clients;
pub mod connection;
pub mod door;
pub mod exchange;
pub mod gce;
pub mod health;
pub mod http;
pub mod listener;
pub mod listeners;
pub mod manage;
pub mod metadata;
pub mod metrics;
pub mod options;
pub mod protocol;
pub mod proxied;
pub mod run;
pub mod stale;
pub mod systemd;
pub mod tls;
pub mod token;
pub mod visit;
