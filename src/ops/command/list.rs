//! The commands of a cluster that are kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::records;
use crate::error::Result;
use crate::model::command::{State, order};
use crate::ops::default_cluster;
use crate::ops::view::{View, fixed};
use crate::store::{At, What, reading};

/// A command in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: String,
    pub cluster: String,
    pub when: String,
    pub actor: String,
    /// The app's service that it runs; null for a command as it was typed.
    pub service: Option<String>,
    /// What its first nodes run.
    pub command: String,
    pub nodes: usize,
    /// How many nodes are in each state; `failed` are those among `done` whose
    /// exit code is not 0.
    pub states: BTreeMap<&'static str, usize>,
}

/// The commands of `cluster`, or of all clusters, oldest first.
///
/// Costs one read of the lists and one of the records; output is not read.
pub async fn list(view: &View, cluster: Option<&str>) -> Result<Vec<Listed>> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => default_cluster::list(view, At::Latest).await?,
    };
    let mut what = Vec::new();
    for cluster in &clusters {
        what.push(What::Key(order::index(cluster)?));
    }
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let ids: Vec<String> = entries.iter().flat_map(|entry| order::ids(&entry.value)).collect();
    let mut what = Vec::new();
    for id in &ids {
        what.push(What::Subtree(order::directory(id)?));
    }
    if what.is_empty() {
        return Ok(Vec::new());
    }
    let (_, entries) = reading::collect(view.store(), &what, fixed(revision)).await?;
    let mut by_id: BTreeMap<String, Vec<reading::Entry>> = BTreeMap::new();
    for entry in entries {
        let id = entry.path.parent().and_then(|parent| parent.name().map(str::to_owned));
        by_id.entry(id.unwrap_or_default()).or_default().push(entry);
    }
    let mut listed = Vec::new();
    for (id, entries) in &by_id {
        listed.extend(records::of(id, entries)?.map(of));
    }
    listed.sort_by(|one, other| (&one.when, &one.id).cmp(&(&other.when, &other.id)));
    Ok(listed)
}

fn of(recorded: records::Recorded) -> Listed {
    let records::Recorded { order, fates, .. } = recorded;
    let mut states = BTreeMap::new();
    for (_, node) in order.nodes() {
        let fate = fates.get(&node.node_id).cloned().unwrap_or_default();
        let word = match fate.state {
            State::Done if !fate.is_good() => "failed",
            state => state.name(),
        };
        *states.entry(word).or_default() += 1;
    }
    let command = order.steps.first().map(|step| step.command.clone()).unwrap_or_default();
    Listed {
        nodes: order.nodes().count(),
        id: order.id,
        cluster: order.cluster,
        when: order.when,
        actor: order.actor,
        service: order.service,
        command,
        states,
    }
}
