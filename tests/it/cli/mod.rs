//! Commands as transcripts: what a person types and sees.

mod version;
mod watch;
