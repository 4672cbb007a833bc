//! Advice: where a failure of a store or a file becomes the CLI's, and what to type next.

use crate::config::Settings;
use crate::error::{Error, Kind};

/// The most hints that an error carries.
const MOST: usize = 2;

/// Adds what helps to an error that comes with fewer than two hints.
pub fn advise(error: Error, settings: &Settings) -> Error {
    if error.hints().len() >= MOST {
        return error;
    }
    match error.kind() {
        Kind::Unavailable => match settings.target() {
            Ok(_) => error.hint("Type `metactl context show` to see which endpoint is in force"),
            Err(_) => error,
        },
        _ => error,
    }
}
