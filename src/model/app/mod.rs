//! App packages: `config.json` (what a user may set) and `cluster.json.mustache`
//! (what is created from it).

pub mod assign;
pub mod config;
pub mod custom;
pub mod fields;
pub mod json;
pub mod known;
pub mod near;
pub mod package;
pub mod problem;
pub mod property;
pub mod read_property;
pub mod role;
pub mod service;
pub mod spec;
pub mod template;
pub mod upgrade;
pub mod values;
pub mod yaml;
