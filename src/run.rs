//! From the words typed to the exit status; the only place that prints an error.

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::cli::{self, Cli, Command};
use crate::commands;
use crate::config::{self, Environment, Settings};
use crate::error::{Error, Kind, Result};
use crate::hints;
use crate::session::Session;
use crate::signals::Signals;
use crate::ui::{Options, Ui};

/// Runs the program.
pub fn main() -> ExitCode {
    if config::completion_requested() {
        return commands::complete::answer();
    }
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let settings = Settings::new(cli.global, Environment::process());
    let options = match settings.ui_options() {
        Ok(options) => options,
        Err(error) => return ended(&Ui::new(Options::default()), error),
    };
    let ui = Ui::new(options);
    let signals = match Signals::install() {
        Ok(signals) => signals,
        Err(error) => return ended(&ui, error),
    };
    let session = Session::new(settings, ui, signals);
    match run(cli.command, &session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if session.has_asked() => {
            ended(&session.ui, hints::advise(error, &session.settings))
        }
        Err(error) => ended(&session.ui, error),
    }
}

fn parse() -> Result<Cli, clap::Error> {
    let words: Vec<_> = std::env::args_os().collect();
    let mut command = cli::command_for(&words);
    let mut matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// One thread does everything: it is there at once, and enough for waiting. Only
/// who serves others has one for each core.
fn run(command: Command, session: &Session) -> Result<()> {
    let mut builder = match command.has_many_threads() {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Failed, "starting").because(error))?;
    runtime.block_on(command.run(session))
}

/// Prints why it ended, if that is to be said, and gives the exit code.
fn ended(ui: &Ui, error: Error) -> ExitCode {
    match error.kind() {
        Kind::ClosedPipe | Kind::Child(_) => {}
        // Who pressed the keys knows it; what to do about the rest is news.
        Kind::Interrupted | Kind::Terminated => error.hints().iter().for_each(|hint| ui.hint(hint)),
        _ => ui.error(&error),
    }
    ExitCode::from(error.kind().exit_code())
}

/// Help, version, or words that do not fit.
fn refused(error: &clap::Error) -> ExitCode {
    // A closed pipe is all that can go wrong here, and is no failure.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
