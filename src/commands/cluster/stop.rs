//! `metactl cluster stop`

use crate::commands::complete;
use crate::commands::scale::args::BeginArgs;
use crate::commands::scale::phases;
use crate::error::Result;
use crate::model::ids;
use crate::model::operation::Work;
use crate::session::Session;

/// Stop a cluster; its hosts stay
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl cluster stop cl-abcd1234
  metactl cluster stop cl-abcd1234 --hold
  metactl cluster start cl-abcd1234

Phases: register, after which the cluster's state is `stopping`; complete, after which it is
`stopped`. Records and mapping stay as they are. What is held is ended by `metactl scale
finish` or undone by `metactl scale abort`.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the nodes."
)]
pub struct StopArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: StopArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    ids::check_cluster(&args.id)?;
    let view = session.view().await?;
    phases::begin(session, &view, &args.id, &args.begin, Work::Stop, format).await
}
