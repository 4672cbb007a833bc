//! Pure types and rules: no store, no terminal, no clock.

pub mod app;
pub mod attributes;
pub mod checkup;
pub mod cidr;
pub mod cluster;
pub mod command;
pub mod difference;
pub mod document;
pub mod duration;
pub mod host;
pub mod ids;
pub mod keyvalue;
pub mod lifecycle;
pub mod links;
pub mod mapping;
pub mod nested;
pub mod operation;
pub mod path;
pub mod phase;
pub mod rule;
pub mod scale;
pub mod schema;
pub mod selfview;
pub mod shell;
pub mod tombstone;
pub mod tree;
