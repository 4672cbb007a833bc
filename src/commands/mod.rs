//! One file for each command, found by its words: arguments, one call, the view.

pub mod add_metadata;
pub mod args;
pub mod cluster;
pub mod complete;
pub mod completions;
pub mod context;
pub mod drawn;
pub mod dump;
pub mod export;
pub mod get;
pub mod import;
pub mod input;
pub mod instance;
pub mod leaves;
pub mod ls;
pub mod man;
pub mod mapping;
pub mod outline;
pub mod project;
pub mod put;
pub mod remove_metadata;
pub mod rm;
pub mod status;
pub mod tree;
pub mod version;
pub mod watch;
