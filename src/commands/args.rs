//! Arguments that several commands share.

use std::time::Duration;

use crate::error::Result;
use crate::model::duration;

/// Reads a length of time, for clap: `#[arg(value_parser = args::duration)]`.
pub fn duration(text: &str) -> Result<Duration> {
    duration::parse(text)
}
