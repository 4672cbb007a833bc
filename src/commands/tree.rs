//! `metactl tree`

use crate::commands::drawn::Drawn;
use crate::commands::outline::Outline;
use crate::commands::{complete, leaves};
use crate::error::Result;
use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::read::{self, Content};
use crate::session::Session;
use crate::store::At;
use crate::ui::{Format, out};

/// Draw a directory or a cluster as a tree
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl tree
  metactl tree cl-abcd1234
  metactl tree /self/hosts --depth 3",
    after_long_help = "A host is one line, instance id, ip and server id, unless --depth reaches into its record.
Values are cut to the width of the terminal, and parameters that sound like secrets are
masked; `metactl get` prints them whole."
)]
pub struct TreeArgs {
    /// A path, or the id of a cluster
    #[arg(default_value = "/", value_name = "PATH|CLUSTER", add = complete::paths())]
    top: String,

    /// Show only so many levels
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    depth: Option<u16>,
}

pub async fn run(args: TreeArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Tree, Format::Text, Format::Json, Format::Yaml];
    let format = match session.ui.choose(&allowed, Format::Tree)? {
        Format::Text => Format::Tree,
        format => format,
    };
    let view = session.view().await?;
    let cluster_root = view.scope().cluster_root.clone();
    let top = match args.top.strip_prefix("cl-") {
        Some(_) => cluster_root.child(&args.top)?,
        None => Path::parse(&args.top)?,
    };
    let paths = [top.clone()];
    let answer = read::read(&view, &paths, At::Latest, Order::Nested).await?;
    let leaves = match answer.found.into_iter().next().and_then(|one| one.content) {
        Some(Content::Directory(leaves)) => leaves,
        Some(Content::Leaf(value)) => {
            let mut out = session.ui.out();
            out::written(leaves::value(&mut out, &value))?;
            return out.finish();
        }
        None if top.is_root() => Leaves::new(),
        None => return Err(read::missing(&view, &top, At::Latest).await),
    };
    let depth = args.depth.map(usize::from);
    let width = session.ui.width();
    let outline = Outline { top, cluster_root, width, depth, at_a_glance: true };
    Drawn { leaves, outline }.show(session, format)
}
