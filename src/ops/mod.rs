//! The work, as async functions over a store; knows neither clap nor printing.

pub mod cluster;
pub mod export;
pub mod identity;
pub mod import;
pub mod instance;
pub mod mapping;
pub mod metadata;
pub mod names;
pub mod node;
pub mod package;
pub mod project;
pub mod put;
pub mod remove;
pub mod role_env;
pub mod view;
pub mod watch;
