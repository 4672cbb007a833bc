//! `metactl cluster start`

use std::collections::BTreeMap;

use crate::commands::complete;
use crate::commands::scale::args::BeginArgs;
use crate::commands::scale::phases;
use crate::error::Result;
use crate::model::ids;
use crate::model::operation::Work;
use crate::session::Session;

/// Start a stopped cluster, its nodes under new instance ids
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl cluster start cl-abcd1234
  metactl cluster start cl-abcd1234 --keep-ids
  metactl cluster start cl-abcd1234 --dry-run

Phases: register moves every record to its new instance id, and with it the mapping, the rules
and the attributes of the node, in one commit; complete makes the cluster active. Node ids,
server and group ids and addresses stay; commands that were to be run under the old ids go.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the nodes."
)]
pub struct StartArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    /// Leave the nodes their instance ids
    #[arg(long)]
    keep_ids: bool,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: StartArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    ids::check_cluster(&args.id)?;
    let view = session.view().await?;
    let work = Work::Start { keep_ids: args.keep_ids, renamed: BTreeMap::new() };
    phases::begin(session, &view, &args.id, &args.begin, work, format).await
}
