//! Commands as transcripts: what a person types and sees.

mod bytes;
mod cluster;
mod completions;
mod context;
mod context_refused;
mod dump;
mod export;
mod get;
mod help;
mod import;
mod instance;
mod ls;
mod man;
mod mapping;
mod metadata;
mod put;
mod racing;
mod rm;
mod role_env;
mod scale;
mod scene;
mod status;
mod too_large;
mod tree;
mod version;
mod watch;
