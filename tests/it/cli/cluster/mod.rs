//! `metactl cluster`.

mod broken;
pub mod create;
mod delete;
mod links;
mod look;
mod many;
pub mod packages;
mod power;
mod upgrade;
