//! `metactl dump`

use crate::commands::drawn::Drawn;
use crate::commands::outline::Outline;
use crate::commands::{complete, leaves};
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::dump;
use crate::session::Session;
use crate::ui::Format;

/// Print all data of clusters
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl dump
  metactl dump cl-abcd1234 > cluster.txt
  metactl dump -o json cl-abcd1234 cl-efgh5678",
    after_long_help = "One line for each leaf: its path, a tab, and its value with \\\\ \\t \\n \\r escaped. What
-o json and -o yaml print can be imported again."
)]
pub struct DumpArgs {
    /// Ids of clusters [default: --cluster, else all of them]
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    clusters: Vec<String>,
}

pub async fn run(args: DumpArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Tree];
    let format = session.ui.choose(&allowed, Format::Tree)?;
    let mut clusters = args.clusters;
    if clusters.is_empty() {
        clusters.extend(session.settings.cluster()?.map(str::to_owned));
    }
    let view = session.view().await?;
    let leaves = dump::dump(&view, &clusters, leaves::order(format)).await?;
    if leaves.is_empty() {
        session.ui.status("there is no cluster yet");
    }
    let outline = Outline {
        top: Path::root(),
        cluster_root: view.scope().cluster_root.clone(),
        width: session.ui.width(),
        depth: None,
        at_a_glance: false,
    };
    Drawn { leaves, outline }.show(session, format)
}
