//! `metactl cluster`.

mod broken;
pub mod create;
mod delete;
mod links;
mod look;
mod many;
mod packages;
mod power;
