//! Which nodes have an agent: each keeps a leaf with a time to live at
//! `/_metactl/agents/<node_id>/<token>`.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// Where the leaves of agents are.
const AGENTS: &str = "/_metactl/agents";

/// The leaves of the agents of one node.
pub(super) fn directory(node_id: &str) -> Result<Path> {
    Path::parse(AGENTS)?.child(node_id)
}

/// Those of the nodes that have an agent.
pub async fn present<'a>(
    view: &View,
    nodes: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<String>> {
    let mut what = Vec::new();
    for node_id in nodes {
        what.push(What::Subtree(directory(node_id)?));
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let node_id = |entry: reading::Entry| Some(entry.path.parent()?.name()?.to_owned());
    Ok(entries.into_iter().filter_map(node_id).collect())
}
