//! `metactl exec`

use std::ffi::OsString;
use std::time::Duration;

use crate::commands::{args, complete};
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::exec::choice::Choice;
use crate::ops::exec::start::Program;
use crate::ops::exec::supervise::{self, Order, Told};
use crate::session::Session;
use crate::ui::Ui;

/// Run a command with metadata as its environment variables
///
/// A variable is called as its path relative to the prefix, with _ for everything
/// but letters, digits and _, and _ before a leading digit, as `get -o env` calls
/// it: log.level becomes log_level. It takes the place of one that is there already.
/// Two paths on one name, a value that is too long for a variable or holds a NUL,
/// and a prefix with nothing there are errors, and nothing is started.
///
/// The command takes the place of metactl: same process, its own exit code and
/// signals. With --watch metactl stays: when the variables have changed, the
/// command gets SIGTERM, after --grace SIGKILL, and is started again. Its process
/// group gets the signals that metactl gets, and metactl ends when it does, with
/// its code. While the store is away, or what is there cannot be variables, the
/// command goes on as it is. Its standard input is then never the terminal.
///
/// A metadata service shows states: of /self at http(s)://, of everything at gce and
/// at metad, each is compared with the one before, and what was there only between
/// two of them starts nothing.
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl exec -- start.sh
  metactl exec --only port,log.level --upcase -- sh -c 'exec server --port \"$PORT\"'
  metactl exec --prefix /self/host --prefix /self/env -- env
  metactl exec --watch --grace 30s -- server",
    after_long_help = "Exit codes: those of the command, 128 and its number when a signal has ended it; 127 it is
not there, 126 it cannot be run. Before it is started the codes of every command."
)]
pub struct ExecArgs {
    /// Directory or leaf whose values become variables; may be given several times
    #[arg(long, value_name = "PATH", default_value = "/self/env", add = complete::paths())]
    prefix: Vec<Path>,

    /// Only these keys, and what is below them; each has to be there
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Names in upper case
    #[arg(long)]
    upcase: bool,

    /// Start the command again when its variables have changed
    #[arg(long)]
    watch: bool,

    /// How long the command may take to end before it is started again
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        requires = "watch",
        value_parser = args::duration
    )]
    grace: Duration,

    /// Wait until nothing has changed for MIN, at most MAX (4 times MIN if not given)
    #[arg(
        long,
        value_name = "MIN[:MAX]",
        default_value = "1s",
        requires = "watch",
        value_parser = args::debounce
    )]
    debounce: (Duration, Duration),

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub async fn run(args: ExecArgs, session: &Session) -> Result<()> {
    let view = session.view().await?;
    let program = Program { words: args.command };
    let choice = Choice { prefixes: args.prefix, only: args.only, upcase: args.upcase };
    if !args.watch {
        let variables = choice.read(&view).await?;
        return Err(program.replace(&variables));
    }
    let order = Order {
        choice,
        program,
        debounce: args.debounce,
        grace: args.grace,
        input: !session.ui.in_is_terminal(),
    };
    let tell = |told: Told<'_>| say(&session.ui, told);
    match supervise::supervise(&view, &order, &|| session.signals(), &tell).await? {}
}

fn say(ui: &Ui, told: Told<'_>) {
    match told {
        Told::Away(error) => {
            ui.warn(format_args!("the store does not answer, changes wait for it: {error}"));
        }
        Told::Back => ui.status("the store answers again"),
        Told::Unfit(error) => {
            ui.warn(format_args!("the command goes on with its old variables: {error}"));
        }
        Told::Unwatched(error) => ui.warn(format_args!(
            "changes are no longer followed, the command goes on with its variables: {error}"
        )),
        Told::Restart => ui.status("the variables have changed, the command is started again"),
    }
}
