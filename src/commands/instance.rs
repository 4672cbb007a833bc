//! `metactl instance`

pub mod list;
pub mod show;

use crate::error::Result;
use crate::session::Session;

/// Look at the hosts of clusters
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl instance list --role master
  metactl instance show self --effective")]
#[command(before_long_help = "Examples:
  metactl instance list
  metactl instance show i-abcdefgh")]
pub enum InstanceCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
}

impl InstanceCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            InstanceCommand::List(args) => list::run(args, session).await,
            InstanceCommand::Show(args) => show::run(args, session).await,
        }
    }
}
