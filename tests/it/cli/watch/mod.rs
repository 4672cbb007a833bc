//! `metactl watch`

mod cursors;
mod ends;
mod forms;
mod handlers;
mod views;
