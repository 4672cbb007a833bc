//! `metactl cluster`.

mod broken;
mod create;
mod delete;
mod look;
mod many;
mod packages;
