//! `metactl scale up`

use super::args::{BeginArgs, SizeArgs};
use super::phases;
use crate::commands::complete;
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::scale::up::{self, Request};
use crate::session::Session;

/// Change the size of a role's nodes
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl scale up gateway --cpu 4 --memory 4096
  metactl scale up shard --volume-size 100 --delay 10s
  metactl scale up --memory 8192 --hold

Phases: register lists the role, and that of its replicas, in vertical-scaling-roles; resize
changes the records of the nodes; complete takes vertical-scaling-roles away. Where the app's
vertical_scaling_policy is sequential, resize-1, resize-2, … change one node each, by server
id. A disk only grows. In a cluster without roles vertical-scaling-roles is there and empty.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the nodes."
)]
pub struct UpArgs {
    /// Role of the nodes; not needed where there is only one, or none
    #[arg(value_name = "ROLE", add = complete::roles())]
    role: Option<String>,

    #[command(flatten)]
    size: SizeArgs,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: UpArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let request = Request { role: args.role, sizes: args.size.sizes() };
    let planned = up::plan(&view, &cluster, request).await?;
    phases::begin(session, &view, &cluster, &args.begin, planned, format).await
}
