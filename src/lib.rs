//! metactl reads, changes, watches and simulates the metadata of VM clusters.
//!
//! A map of the crate, from the outside in:
//!
//! | layer | what | may use |
//! |---|---|---|
//! | [`run`] | parse, settle, dispatch; the only place that prints an error | everything |
//! | [`commands`] | one file for each command: arguments, one call, the view | `ops`, `ui` |
//! | [`serve`] | the metadata service: request, one call, reply | `engine`, `ops`, `store` |
//! | [`engine`] | the tree in memory as snapshots, and who waits for what | `model`, `store` |
//! | [`ops`] | the work, as async functions over `&dyn Store` | `model`, `store` |
//! | [`model`] | pure types and rules: paths, the tree, hosts, app packages | nothing else |
//! | [`store`] | the store contract and its implementations | `client`, `model` |
//! | [`client`] | services over HTTP: what is said on the wire, the way to them | `model`, the types of `store` |
//! | [`ui`] | the terminal: formats, tables, progress, questions | `error` |
//!
//! A command's file is found by typing its words as a path: `metactl cluster
//! create` is `commands/cluster/create.rs`. `ops` knows neither clap nor printing.

pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod endpoint;
pub mod engine;
pub mod error;
pub mod hints;
pub mod model;
pub mod ops;
pub mod run;
pub mod serve;
pub mod session;
pub mod signals;
pub mod store;
pub mod ui;
