//! `metactl cluster`.

mod broken;
pub mod create;
mod delete;
mod look;
mod many;
mod packages;
