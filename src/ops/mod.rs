//! The work, as async functions over a store; knows neither clap nor printing.

pub mod cluster;
pub mod default_cluster;
pub mod dump;
pub mod effective;
pub mod endpoint;
pub mod export;
pub mod get;
pub mod identity;
pub mod import;
pub mod instance;
pub mod list;
pub mod mapping;
pub mod metadata;
pub mod names;
pub mod near;
pub mod node;
pub mod operation;
pub mod package;
pub mod preview;
pub mod project;
pub mod put;
pub mod read;
pub mod remove;
pub mod role_env;
pub mod view;
pub mod watch;
