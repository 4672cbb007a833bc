//! `metactl scale out`

use super::args::{BeginArgs, SizeArgs};
use super::phases;
use crate::commands::complete;
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::scale::out::{self, Request};
use crate::session::Session;

/// Add nodes to a cluster
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl scale out --count 2
  metactl scale out shard --count 1 --hold
  metactl scale out gateway --count 2 --cpu 4 --memory 4096
  metactl scale out --count 1 --assert 'test \"$(metactl ls /self/hosts | wc -l)\" -le 5'

Phases: register brings the records of the new nodes, under hosts and under adding-hosts,
with their mapping; complete takes adding-hosts away. The new nodes are like the one of the
role with the lowest server id. Where the role has replicas, one more is a master with as
many replicas as the others have.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the new nodes."
)]
pub struct OutArgs {
    /// Role of the new nodes; not needed where there is only one, or none
    #[arg(value_name = "ROLE", add = complete::roles())]
    role: Option<String>,

    /// How many more; groups where the role has replicas
    #[arg(long, value_name = "N")]
    count: u32,

    #[command(flatten)]
    size: SizeArgs,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: OutArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let request = Request { role: args.role, count: args.count, sizes: args.size.sizes() };
    let work = out::plan(&view, &cluster, request).await?;
    phases::begin(session, &view, &cluster, &args.begin, work, format).await
}
