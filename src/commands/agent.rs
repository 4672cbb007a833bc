//! `metactl agent`

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use crate::commands::args;
use crate::error::Result;
use crate::ops::agent::all::{self, Many};
use crate::ops::agent::serve::{self, Rules, Told};
use crate::ops::default_cluster;
use crate::ops::view::View;
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
///
/// On a node that reaches a metadata service alone, not its management API, the
/// service is to be metactl serve --node-writes. There a cancelled command is ended
/// within a few seconds.
///
/// examples/metactl-agent.service, in the source, is a unit for systemd.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl agent
  metactl agent --as i-abcd1234 --log /var/log/metactl/agent.log
  metactl agent --endpoint http://metadata
  metactl agent --allow 'systemctl (start|stop|restart) [a-z-]+' --no-shell
  metactl agent --all --cluster cl-abcd1234")]
pub struct AgentArgs {
    /// Be the agent of every node of the cluster, also of those that come: for
    /// rehearsals on one machine; commands know by METACTL_AS which node they are for
    #[arg(long)]
    all: bool,

    /// Where the log is kept; without it, agent-NODE.log in the state directory.
    /// With --all the directory of the logs
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
    let view = match view.store().of_node() {
        Some(store) if !args.all => View::new(store, view.scope().clone()),
        _ => view,
    };
    let variables = session.settings.for_children();
    let log = |node: &str| match &args.log {
        Some(log) if args.all => log.join(format!("agent-{node}.log")),
        Some(log) => log.clone(),
        None => session.settings.state_file(&format!("agent-{node}.log")),
    };
    let rules = |node: &str| Rules {
        allow: allow.clone(),
        shell: !args.no_shell,
        variables: variables.clone(),
        log: log(node),
        log_size: args.log_size << 20,
    };
    let (grace, note, stop) = (args.grace, session.note("agent"), session.interrupted());
    if args.all {
        let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
        let tell = |node: &str, told: Told<'_>| say(&session.ui, node, told);
        let many = Many { cluster: &cluster, rules: &rules, grace, note, tell: &tell };
        return all::serve(&view, &many, stop).await;
    }
    let rules = rules(view.scope().as_id.as_deref().unwrap_or("self"));
    let tell = |told: Told<'_>| say(&session.ui, "", told);
    serve::serve(&view, &rules, grace, note, &tell, stop).await
}

/// A pattern that matches a text only from its start to its end.
fn whole(text: &str) -> Result<Regex> {
    args::regular(&format!("^(?:{text})$"), text)
}

/// Says it; with more than one agent, of which node's.
fn say(ui: &Ui, node: &str, told: Told<'_>) {
    let who = if node.is_empty() { String::new() } else { format!("{node}: ") };
    match told {
        Told::Ready(me, log) => ui.status(format!(
            "agent of {} ({}) in {}, log {}",
            me.instance_id,
            me.node_id,
            me.cluster,
            log.display()
        )),
        Told::Started { id, command } => ui.status(format!("{who}{id} runs: {}", escape(command))),
        Told::Ended { id, fate } => ui.status(format!("{who}{id} has ended: {}", fate.words())),
        Told::Elsewhere { id, runner } => ui.status(format!(
            "{who}{id} is run by another agent, process {} on {}",
            runner.pid, runner.host
        )),
        Told::Lost { id } => {
            ui.warn(format_args!("{who}{id} is lost: its agent has ended before it"));
        }
        Told::Skipped { id, why } => ui.warn(format_args!("{who}{id} was not run: {why}")),
        Told::Stopping(grace) => {
            let seconds = grace.as_secs_f64();
            ui.status(format!("{who}the command that runs has {seconds} s to end"));
        }
        Told::Away(error) => {
            ui.warn(format_args!("{who}the store does not answer, it is waited for: {error}"));
        }
        Told::Back => ui.status(format!("{who}the store answers again")),
    }
}
