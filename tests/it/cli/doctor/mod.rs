//! `metactl doctor`

mod faults;
mod fix;
mod forms;
mod healthy;
mod scene;
