//! `metactl agent`

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use crate::commands::args;
use crate::error::{Error, Kind, Result};
use crate::ops::agent::serve::{self, Rules, Told};
use crate::session::Session;
use crate::ui::{Ui, escape};

/// Run what is sent to this node, each command once
///
/// It follows /self/cmd and runs what comes there by /bin/sh -c, in a process
/// group of its own that is ended as a whole at the command's time limit. It
/// reports state, exit code and the end of the output, and keeps all of the
/// output in its log. A command is never run twice, by however many agents of
/// the node: what an agent that was killed has left behind is reported as lost.
///
/// While the store is away, commands that run go on, and are reported when it
/// is back. SIGTERM and Ctrl-C let the running command end within --grace.
///
/// Commands get METACTL_CMD_ID, _TIMEOUT, _CLUSTER and _NODE, and METACTL_AS, so
/// that metactl itself knows there who /self is.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl agent
  metactl agent --as i-abcd1234 --log /var/log/metactl/agent.log
  metactl agent --allow 'systemctl (start|stop|restart) [a-z-]+' --no-shell")]
pub struct AgentArgs {
    /// Where the log is kept; without it, agent-NODE.log in the state directory
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    log: Option<PathBuf>,

    /// Put the log aside when it is this large; three earlier ones are kept
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1024)
    )]
    log_size: u64,

    /// Run only what this matches as a whole; may be given several times
    #[arg(long, value_name = "REGEX")]
    allow: Vec<String>,

    /// Take commands apart into words and run them without a shell
    #[arg(long)]
    no_shell: bool,

    /// How long the running command may go on when the agent is to end
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = args::duration)]
    grace: Duration,
}

pub async fn run(args: AgentArgs, session: &Session) -> Result<()> {
    let allow = args.allow.iter().map(|text| whole(text)).collect::<Result<Vec<_>>>()?;
    let view = session.view().await?;
    let log = match args.log {
        Some(log) => log,
        None => {
            let node = view.scope().as_id.as_deref().unwrap_or("self");
            session.settings.state_file(&format!("agent-{node}.log"))
        }
    };
    let rules = Rules {
        allow,
        shell: !args.no_shell,
        variables: session.settings.for_children(),
        log,
        log_size: args.log_size << 20,
    };
    let ui = &session.ui;
    let tell = |told: Told<'_>| say(ui, &rules, told);
    serve::serve(&view, &rules, args.grace, session.note("agent"), &tell, session.interrupted())
        .await
}

/// A pattern that matches a text only from its start to its end.
fn whole(text: &str) -> Result<Regex> {
    Regex::new(&format!("^(?:{text})$")).map_err(|error| {
        // The rest of it draws the pattern once more.
        let why = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
        Error::new(Kind::Usage, format!("pattern `{text}` is no regular expression: {why}"))
    })
}

fn say(ui: &Ui, rules: &Rules, told: Told<'_>) {
    match told {
        Told::Ready(me) => ui.status(format!(
            "agent of {} ({}) in {}, log {}",
            me.instance_id,
            me.node_id,
            me.cluster,
            rules.log.display()
        )),
        Told::Started { id, command } => ui.status(format!("{id} runs: {}", escape(command))),
        Told::Ended { id, fate } => ui.status(format!("{id} has ended: {}", fate.words())),
        Told::Elsewhere { id, runner } => ui.status(format!(
            "{id} is run by another agent, process {} on {}",
            runner.pid, runner.host
        )),
        Told::Lost { id } => ui.warn(format_args!("{id} is lost: its agent has ended before it")),
        Told::Skipped { id, why } => ui.warn(format_args!("{id} was not run: {why}")),
        Told::Stopping(grace) => {
            let seconds = grace.as_secs_f64();
            ui.status(format!("the command that runs has {seconds} s to end"));
        }
        Told::Away(error) => {
            ui.warn(format_args!("the store does not answer, it is waited for: {error}"));
        }
        Told::Back => ui.status("the store answers again"),
    }
}
