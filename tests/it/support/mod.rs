//! What tests stand on: sealed homes, transcripts, servers of their own.

mod home;
mod transcript;

pub use home::{Home, Ran};
pub use transcript::assert_transcript;
