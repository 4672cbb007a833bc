//! The check-up: what is wrong in a tree, and what would put it right.

pub mod claims;
pub mod cluster;
pub mod duplicates;
pub mod facts;
pub mod finding;
pub mod leaf_and_directory;
pub mod mapping;
pub mod operation;
pub mod record;
mod role_env;
pub mod rules;
mod temporary;
mod value;

#[cfg(test)]
mod tests;
