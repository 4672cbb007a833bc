//! `metactl cmd send`

use std::io;
use std::time::Duration;

use super::waiting;
use crate::commands::{args, complete};
use crate::error::Result;
use crate::model::command::Step;
use crate::model::shell;
use crate::ops::command::run::{self, Run, Sent};
use crate::ops::command::targets::{self, Choice};
use crate::session::Session;
use crate::ui::Report;

/// Send a command to nodes, whose agents run it once
///
/// One COMMAND is text for the shell as it stands; several words are quoted and
/// joined. It comes into the slot cmd/INSTANCE of all its nodes in one commit. A
/// slot whose command has not ended is waited for, as long as --request-timeout.
///
/// With --wait it ends with 0 when every node has ended with exit code 0, else
/// with 1. The nodes that have no agent are named; Ctrl-C ends the wait, not the
/// command. With --parallel the nodes come one after another, so many at a time,
/// and no further ones once more than --max-fail have failed.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cmd send i-abcd1234 -- 'df -h | tail -1'
  metactl cmd send --role web --wait --timeout 5m -- systemctl restart web
  metactl cmd send --all --wait --parallel 2 --max-fail 1 -- /opt/app/upgrade.sh
  id=$(metactl cmd send self -- uptime)")]
#[command(group = clap::ArgGroup::new("nodes").required(true).args(["instances", "roles", "all"]))]
pub struct SendArgs {
    /// Instance ids, node ids, ips or self
    #[arg(value_name = "INSTANCE", add = complete::instances())]
    instances: Vec<String>,

    /// Every node of this role; may be given several times
    #[arg(long = "role", value_name = "ROLE", add = complete::roles())]
    roles: Vec<String>,

    /// Every node of the cluster
    #[arg(long)]
    all: bool,

    /// What to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,

    /// Only K nodes of each role, those with the lowest server ids
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    nodes_to_execute_on: Option<u32>,

    /// End it on a node after this long, from 1s to 1d
    #[arg(long, value_name = "DURATION", default_value = "600", value_parser = args::duration)]
    timeout: Duration,

    /// Take slots whose commands have not ended; what is pending there is cancelled
    #[arg(long)]
    replace: bool,

    /// Use this id, cmd-…; sent again with the same command it is taken up
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    #[command(flatten)]
    waiting: waiting::WaitArgs,
}

pub async fn run(args: SendArgs, session: &Session) -> Result<()> {
    let format = waiting::format(session, args.waiting.wait)?;
    let view = session.view().await?;
    let choice = Choice {
        instances: args.instances,
        roles: args.roles,
        all: args.all,
        most: args.nodes_to_execute_on.map(|most| most as usize),
    };
    let (cluster, nodes) = targets::choose(&view, session.settings.cluster()?, &choice).await?;
    let step = Step {
        stage: 0,
        command: shell::line(&args.command),
        timeout: seconds(args.timeout),
        nodes,
    };
    let order = Run {
        id: args.id,
        replace: args.replace,
        slot_patience: session.settings.target()?.request_timeout.value,
        ..Run::new(cluster, vec![step])
    };
    let order = args.waiting.apply(order);
    let note = session.note("cmd send");
    if args.waiting.wait {
        return waiting::wait(session, &view, &order, note, format).await;
    }
    let sent = run::send(&view, &order, note).await?;
    tell_sent(session, &sent);
    session.ui.show(&sent, format)
}

/// Whole seconds, as the slot has them.
fn seconds(timeout: Duration) -> u32 {
    u32::try_from(timeout.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

pub(super) fn tell_sent(session: &Session, sent: &Sent) {
    let nodes = match sent.nodes.as_slice() {
        [one] => one.clone(),
        many => format!("{} nodes", many.len()),
    };
    let Sent { id, revision, .. } = sent;
    match sent.again {
        true => session.ui.status(format!("{id} was sent to {nodes} before")),
        false => session.ui.status(format!("sent {id} to {nodes} at revision {revision}")),
    }
}

impl Report for Sent {
    /// The id, for those who ask later.
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", self.id)
    }
}
