//! `metactl context …`

mod list;
mod rm;
mod set;
mod show;
mod r#use;

use crate::error::Result;
use crate::session::Session;

/// Name endpoints, and choose the one in force
///
/// A context is an endpoint under a name, with who to be on it. The contexts are
/// kept in $XDG_CONFIG_HOME/metactl/config.toml (~/.config/metactl/config.toml).
/// A setting comes from its flag, else its METACTL_… variable, else the context,
/// else its default. What a context says besides its endpoint counts only where
/// that context has chosen the endpoint.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context set prod --endpoint etcds://db1,db2,db3 --ca ca.pem
  metactl context use prod
  metactl context show")]
pub struct ContextArgs {
    #[command(subcommand)]
    command: ContextCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ContextCommand {
    List(list::ListArgs),
    Use(r#use::UseArgs),
    Set(set::SetArgs),
    Show(show::ShowArgs),
    Rm(rm::RmArgs),
}

pub async fn run(args: ContextArgs, session: &Session) -> Result<()> {
    match args.command {
        ContextCommand::List(args) => list::run(args, session).await,
        ContextCommand::Use(args) => r#use::run(args, session).await,
        ContextCommand::Set(args) => set::run(args, session).await,
        ContextCommand::Show(args) => show::run(args, session).await,
        ContextCommand::Rm(args) => rm::run(args, session).await,
    }
}
