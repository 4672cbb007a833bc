//! `metactl env`.

mod change;
mod look;
mod race;
