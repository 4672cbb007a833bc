//! `metactl project`

pub mod list;
pub mod show;

use crate::error::Result;
use crate::session::Session;

/// Look at projects and their custom metadata
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl project list
  metactl project show web")]
#[command(before_long_help = "Examples:
  metactl project list
  metactl project show default -o json")]
pub enum ProjectCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
}

impl ProjectCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            ProjectCommand::List(args) => list::run(args, session).await,
            ProjectCommand::Show(args) => show::run(args, session).await,
        }
    }
}
