//! `metactl dump`

use std::io;

use serde::ser::{Serialize, Serializer};

use crate::commands::outline::Outline;
use crate::commands::{complete, leaves};
use crate::error::Result;
use crate::model::path::Path;
use crate::model::tree::Leaves;
use crate::ops::dump;
use crate::session::Session;
use crate::ui::{Format, Report, Styles, Tree, out};

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

/// Leaves of clusters by their whole paths.
struct Dump {
    leaves: Leaves,
    cluster_root: Path,
    width: usize,
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
    let cluster_root = view.scope().cluster_root.clone();
    Dump { leaves, cluster_root, width: session.ui.width() }.show(session, format)
}

impl Dump {
    fn show(&self, session: &Session, format: Format) -> Result<()> {
        if format == Format::Yaml {
            let mut out = session.ui.out();
            out::written(leaves::yaml(&mut out, &self.leaves, 0))?;
            return out.finish();
        }
        session.ui.show(self, format)
    }
}

impl Report for Dump {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        leaves::lines(out, "", &self.leaves)
    }

    fn tree(&self, styles: &Styles) -> Option<Tree> {
        let outline = Outline {
            top: Path::root(),
            cluster_root: self.cluster_root.clone(),
            width: self.width,
            depth: None,
            at_a_glance: false,
        };
        Some(outline.draw(&self.leaves, styles))
    }
}

impl Serialize for Dump {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.leaves.nested().serialize(serializer)
    }
}
