//! What tests stand on: sealed homes, transcripts, servers of their own.

pub mod etcd;
mod home;
pub mod http;
pub mod line;
mod running;
mod sample;
mod serve;
pub mod service;
mod terminal;
mod transcript;
mod until;

pub use home::{Home, Ran};
pub use running::Running;
pub use sample::{fill_sample, sample};
pub use serve::Serve;
pub use transcript::{assert_text, assert_transcript};
pub use until::until;
