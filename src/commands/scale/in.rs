//! `metactl scale in`

use super::args::BeginArgs;
use super::phases;
use crate::commands::complete;
use crate::error::Result;
use crate::model::operation::Node;
use crate::ops::scale::r#in::{self, Who};
use crate::session::Session;

/// Take nodes out of a cluster
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl scale in i-abcd1234 i-efgh5678
  metactl scale in --role gateway --count 1 --yes
  metactl scale in --count 1 --hold

Phases: register copies the records of the nodes to deleting-hosts; remove takes them away,
with their mapping, their rules and what they claimed, and leaves a tombstone of each, which
`metactl instance show` prints. With --count those with the highest server ids leave. A
master leaves with its replicas. After the last phase there is no way back.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the nodes that leave."
)]
#[command(group = clap::ArgGroup::new("who").required(true).args(["instances", "count"]))]
pub struct InArgs {
    /// Instance ids, node ids or ips of the nodes
    #[arg(value_name = "INSTANCE", add = complete::instances())]
    instances: Vec<String>,

    /// Role of the nodes; not needed where there is only one, or none
    #[arg(long, value_name = "ROLE", requires = "count", add = complete::roles())]
    role: Option<String>,

    /// How many leave; groups where the role has replicas
    #[arg(long, value_name = "N")]
    count: Option<u32>,

    /// Let a replica leave without its master
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: InArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    let view = session.view().await?;
    let given = session.settings.cluster()?;
    let cluster = r#in::cluster(&view, given, &args.instances).await?;
    let who = match args.count {
        Some(count) => Who::Highest { role: args.role, count },
        None => Who::Named(args.instances),
    };
    let planned = r#in::plan(&view, &cluster, who, args.force).await?;
    if !args.begin.dry_run {
        session.ui.confirm(&question(&cluster, &planned.nodes, &view.store().place()))?;
    }
    phases::begin(session, &view, &cluster, &args.begin, planned, format).await
}

/// What, how many and where.
fn question(cluster: &str, nodes: &[Node], place: &str) -> String {
    const NAMED: usize = 5;
    let named: Vec<&str> = nodes.iter().take(NAMED).map(|node| node.instance_id.as_str()).collect();
    let more = if nodes.len() > NAMED { ", …" } else { "" };
    let count =
        if nodes.len() == 1 { "1 node".to_owned() } else { format!("{} nodes", nodes.len()) };
    format!("take {count} ({}{more}) out of cluster `{cluster}` in {place}", named.join(", "))
}
