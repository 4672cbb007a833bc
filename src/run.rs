//! From the words typed to the exit status; the only place that prints an error.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::config::{Environment, Settings};
use crate::error::{Error, Kind, Result};
use crate::hints;
use crate::session::Session;
use crate::ui::{Options, Ui};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let settings = Settings::new(cli.global.clone(), Environment::process());
    let options = match settings.ui_options() {
        Ok(options) => options,
        Err(error) => return ended(&Ui::new(Options::default()), error),
    };
    let session = Session::new(settings, Ui::new(options));
    match run(cli, &session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ended(&session.ui, hints::advise(error, &session.settings)),
    }
}

fn run(cli: Cli, session: &Session) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Failed, "starting").because(error))?;
    runtime.block_on(cli.command.run(session))
}

/// Prints why it ended, if that is to be said, and gives the exit code.
fn ended(ui: &Ui, error: Error) -> ExitCode {
    if error.kind() != Kind::ClosedPipe {
        ui.error(&error);
    }
    ExitCode::from(error.kind().exit_code())
}

/// Help, version, or words that do not fit.
fn refused(error: &clap::Error) -> ExitCode {
    // A closed pipe is all that can go wrong here, and is no failure.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
