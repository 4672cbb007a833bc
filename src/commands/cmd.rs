//! `metactl cmd`

pub mod cancel;
pub mod list;
pub mod send;
pub mod service;
pub mod show;
pub mod waiting;

use crate::error::Result;
use crate::session::Session;

/// Send commands to nodes, whose agents run them
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl cmd send --role web --wait -- 'systemctl restart web'
  metactl cmd send --all --wait --parallel 1 -- uptime
  metactl cmd service compact --param topic=orders --wait
  metactl cmd list
  metactl cmd show cmd-k3x9a1zq

Nothing runs on a node unless an agent was started there: metactl agent.")]
pub enum CmdCommand {
    Send(send::SendArgs),
    Service(service::ServiceArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Cancel(cancel::CancelArgs),
}

impl CmdCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            CmdCommand::Send(args) => send::run(args, session).await,
            CmdCommand::Service(args) => service::run(args, session).await,
            CmdCommand::List(args) => list::run(args, session).await,
            CmdCommand::Show(args) => show::run(args, session).await,
            CmdCommand::Cancel(args) => cancel::run(args, session).await,
        }
    }
}
