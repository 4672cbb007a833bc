//! `metactl cluster`

pub mod create;
pub mod delete;
pub mod life;
pub mod link;
pub mod list;
pub mod show;
pub mod start;
pub mod stop;
pub mod unlink;
pub mod upgrade;

use crate::error::Result;
use crate::session::Session;

/// Make, look at, link and delete clusters
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl cluster create --id cl-web --role web=2 --role db=1,memory=4096
  metactl cluster list
  metactl cluster show cl-web
  metactl cluster delete cl-web")]
pub enum ClusterCommand {
    Create(Box<create::CreateArgs>),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Link(link::LinkArgs),
    Unlink(unlink::UnlinkArgs),
    Stop(stop::StopArgs),
    Start(start::StartArgs),
    Upgrade(Box<upgrade::UpgradeArgs>),
    Delete(delete::DeleteArgs),
}

impl ClusterCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            ClusterCommand::Create(args) => create::run(*args, session).await,
            ClusterCommand::List(args) => list::run(args, session).await,
            ClusterCommand::Show(args) => show::run(args, session).await,
            ClusterCommand::Link(args) => link::run(args, session).await,
            ClusterCommand::Unlink(args) => unlink::run(args, session).await,
            ClusterCommand::Stop(args) => stop::run(args, session).await,
            ClusterCommand::Start(args) => start::run(args, session).await,
            ClusterCommand::Upgrade(args) => upgrade::run(*args, session).await,
            ClusterCommand::Delete(args) => delete::run(args, session).await,
        }
    }
}
