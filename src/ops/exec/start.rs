//! Starting the program, in this process's place or beside it.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::choice::Variables;
use crate::error::{Error, Kind};

/// A program and its arguments; there is always a first word.
#[derive(Debug, Clone)]
pub struct Program {
    pub words: Vec<OsString>,
}

impl Program {
    /// The command, with `variables` beside what this process has.
    pub fn command(&self, variables: &Variables) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map(OsString::as_os_str).unwrap_or_default());
        command.args(words).envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Becomes the program. It returns only where that is not possible, with why.
    pub fn replace(&self, variables: &Variables) -> Error {
        let error = self.command(variables).exec();
        self.not_started(&error, variables)
    }

    /// Why the program could not be started, with the exit code that shells have for it.
    pub fn not_started(&self, error: &io::Error, variables: &Variables) -> Error {
        let program = self.words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
        let kind = match error.kind() {
            io::ErrorKind::NotFound => Kind::NoCommand,
            _ => Kind::NotRunnable,
        };
        let failed = Error::new(kind, format!("starting `{program}`")).because(error.to_string());
        let largest = variables.iter().max_by_key(|(_, value)| value.len());
        match (error.kind(), largest) {
            (io::ErrorKind::ArgumentListTooLong, Some((name, value))) => failed.hint(format!(
                "Choose some of the keys by `--only KEY,…`: the largest of {} variables is \
                 `{name}` with {} bytes",
                variables.len(),
                value.len()
            )),
            _ => failed,
        }
    }
}
