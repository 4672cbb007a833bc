//! Which nodes are meant.

use crate::error::{Error, Kind, Result};
use crate::model::app::near;
use crate::model::command::Target;
use crate::model::path::Path;
use crate::ops::default_cluster;
use crate::ops::instance::{self, Filter, Summary};
use crate::ops::node::Node;
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// Nodes as a person names them; one of the first three.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Instance ids, node ids, ips or `self`, all of one cluster.
    pub instances: Vec<String>,
    /// Every node of these roles.
    pub roles: Vec<String>,
    /// Every node of the cluster.
    pub all: bool,
    /// Only so many of each role, those with the lowest server ids.
    pub most: Option<usize>,
}

/// The cluster and the nodes that are meant, by role and server id.
///
/// `cluster` is the one that was named; without it the only one there is.
/// `NotFound` for a node, a role or a cluster that is not there, `Usage` when
/// the instances belong to several clusters, or to another one than was named.
pub async fn choose(
    view: &View,
    cluster: Option<&str>,
    choice: &Choice,
) -> Result<(String, Vec<Target>)> {
    let (cluster, mut targets) = if choice.instances.is_empty() {
        let cluster = default_cluster::choose(view, cluster).await?;
        let all = of_cluster(view, &cluster).await?;
        let targets = match choice.all {
            true => all,
            false => of_roles(&cluster, all, &choice.roles)?,
        };
        (cluster, targets)
    } else {
        named(view, cluster, &choice.instances).await?
    };
    if let Some(most) = choice.most {
        targets = limited(targets, most);
    }
    Ok((cluster, targets))
}

/// Every node of a cluster, by role and server id. `NotFound` when there is no
/// such cluster.
pub async fn of_cluster(view: &View, cluster: &str) -> Result<Vec<Target>> {
    let filter = Filter { cluster: Some(cluster.to_owned()), role: None };
    let mut all: Vec<Target> =
        instance::list(view, &filter).await?.into_iter().map(target).collect();
    sort(&mut all);
    Ok(all)
}

fn target(one: Summary) -> Target {
    let Summary { instance_id, ip, role, sid, node_id, .. } = one;
    let node_id = if node_id.is_empty() { instance_id.clone() } else { node_id };
    Target { node_id, instance_id, role, ip, sid: sid.parse().unwrap_or(0) }
}

fn sort(targets: &mut [Target]) {
    targets.sort_by(|one, other| {
        (&one.role, one.sid, &one.node_id).cmp(&(&other.role, other.sid, &other.node_id))
    });
}

fn of_roles(cluster: &str, all: Vec<Target>, roles: &[String]) -> Result<Vec<Target>> {
    let mut known: Vec<&str> = all.iter().map(|target| target.role.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    known.retain(|role| !role.is_empty());
    if let Some(unknown) = roles.iter().find(|role| !known.contains(&role.as_str())) {
        let instead = near::instead(unknown, &known, "roles");
        return Err(Error::not_found(format!(
            "cluster `{cluster}` has no node of role `{unknown}`; {instead}"
        )));
    }
    Ok(all.into_iter().filter(|target| roles.contains(&target.role)).collect())
}

async fn named(
    view: &View,
    cluster: Option<&str>,
    ids: &[String],
) -> Result<(String, Vec<Target>)> {
    let mut nodes: Vec<Node> = Vec::new();
    for id in ids {
        let node = view.node(id).await?;
        // The same node by two of its names is one.
        if nodes.iter().all(|other| other.record != node.record) {
            nodes.push(node);
        }
    }
    let first = nodes.first().map(|node| node.cluster.clone()).unwrap_or_default();
    let wanted = cluster.unwrap_or(&first);
    if let Some(other) = nodes.iter().find(|node| node.cluster != wanted) {
        return Err(Error::new(
            Kind::Usage,
            format!(
                "`{}` belongs to cluster `{}`, not to `{wanted}`; a command is for nodes of one",
                other.instance_id, other.cluster
            ),
        )
        .hint("Send one command for each cluster"));
    }
    let wanted = wanted.to_owned();
    Ok((wanted, with_ids(view, nodes).await?))
}

/// The nodes with what their records say of them.
async fn with_ids(view: &View, nodes: Vec<Node>) -> Result<Vec<Target>> {
    let mut what = Vec::new();
    for node in &nodes {
        what.push(What::Key(node.record.child("node_id")?));
        what.push(What::Key(node.record.child("sid")?));
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let value = |record: &Path, key: &str| {
        let found = entries.iter().find(|entry| {
            entry.path.parent().as_ref() == Some(record) && entry.path.name() == Some(key)
        });
        found.map(|entry| entry.value.clone()).unwrap_or_default()
    };
    let mut targets: Vec<Target> = nodes
        .into_iter()
        .map(|node| {
            target(Summary {
                node_id: value(&node.record, "node_id"),
                sid: value(&node.record, "sid"),
                instance_id: node.instance_id,
                role: node.role.unwrap_or_default(),
                ip: node.ip,
                ..Summary::default()
            })
        })
        .collect();
    sort(&mut targets);
    Ok(targets)
}

/// The first `most` of each role.
fn limited(targets: Vec<Target>, most: usize) -> Vec<Target> {
    let mut counts = std::collections::BTreeMap::new();
    let mut kept = Vec::new();
    for target in targets {
        let count = counts.entry(target.role.clone()).or_insert(0);
        *count += 1;
        if *count <= most {
            kept.push(target);
        }
    }
    kept
}
