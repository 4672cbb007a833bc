//! Commands as transcripts: what a person types and sees.

mod bytes;
mod export;
mod import;
mod instance;
mod mapping;
mod metadata;
mod put;
mod racing;
mod rm;
mod role_env;
mod scene;
mod version;
mod watch;
