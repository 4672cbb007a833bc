//! Operations: what of the life cycle takes several steps, each of them one commit.

pub mod busy;
