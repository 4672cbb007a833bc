//! Commands as transcripts: what a person types and sees.

mod bytes;
mod dump;
mod export;
mod get;
mod import;
mod instance;
mod ls;
mod mapping;
mod metadata;
mod put;
mod racing;
mod rm;
mod role_env;
mod scene;
mod tree;
mod version;
mod watch;
