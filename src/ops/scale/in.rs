//! Scale-in, phase by phase.

use super::ground::{self, Ground};
use crate::error::{Error, Kind, Result};
use crate::model::cluster::records;
use crate::model::mapping;
use crate::model::operation::{Node, Operation, Work};
use crate::model::path::Path;
use crate::model::rule;
use crate::model::scale::{leaving, present};
use crate::model::tombstone::Tombstone;
use crate::ops::default_cluster;
use crate::ops::operation::drive::Planned;
use crate::ops::operation::step::Step;
use crate::ops::view::{View, fixed};
use crate::store::{Guard, What, reading};

/// The phase that says which nodes leave.
pub const REGISTER: &str = "register";
/// The phase that takes them away.
pub const REMOVE: &str = "remove";

/// Who is to leave.
#[derive(Debug, Clone)]
pub enum Who {
    /// By instance id, node id or ip.
    Named(Vec<String>),
    /// Those of a role with the highest server ids; groups where the role has
    /// replicas.
    Highest { role: Option<String>, count: u32 },
}

/// The cluster that is meant: `given`, else that of the first node that is
/// named, else the only one there is.
pub async fn cluster(view: &View, given: Option<&str>, names: &[String]) -> Result<String> {
    if let (None, Some(first)) = (given, names.first()) {
        return Ok(view.node(first).await?.cluster);
    }
    default_cluster::choose(view, given).await
}

/// Checks who is to leave against the cluster and its app, and settles it.
/// `NotFound`, or `Invalid` with what is wrong.
pub async fn plan(view: &View, cluster: &str, who: Who, force: bool) -> Result<Planned> {
    let ground = ground::survey(view, cluster).await?;
    let present = &ground.present;
    let nodes = match who {
        Who::Named(names) => match leaving::named(present, &names) {
            Err(error) if error.kind() == Kind::NotFound => {
                return Err(of_another(view, cluster, &names).await.unwrap_or(error));
            }
            found => found?,
        },
        Who::Highest { role, count } => {
            let role = present::choose_role(present, &[], role.as_deref())?;
            leaving::highest(present, role.as_deref(), count)?
        }
    };
    leaving::check(present, &nodes, ground.app.as_ref(), force)?;
    Ok(Planned { work: Work::ScaleIn, nodes, force, run_commands: false })
}

/// The better words for a node that is not there because it is elsewhere.
async fn of_another(view: &View, cluster: &str, names: &[String]) -> Option<Error> {
    for name in names {
        let Ok(node) = view.node(name).await else { continue };
        if node.cluster != cluster {
            let other = node.cluster;
            let message = format!("`{name}` is a node of cluster `{other}`, not of `{cluster}`");
            let hint = format!("Name its cluster: `--cluster {other}`");
            return Some(Error::invalid(message).hint(hint));
        }
    }
    None
}

/// What the register phase changes: copies of the records under `deleting-hosts/`.
pub async fn register(view: &View, operation: &Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    still_there(&ground, operation)?;
    let app = ground.app.as_ref();
    leaving::check(&ground.present, &operation.nodes, app, operation.force)?;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    let deleting = ground.present.directory.child("deleting-hosts")?;
    for host in ground.present.hosts.iter().filter(|host| operation.nodes.contains(&host.node())) {
        let copy = host.node().below(&deleting)?;
        for (leaf, value) in &host.leaves {
            step.changes.put(&copy.join(leaf)?, value);
        }
    }
    Ok(step)
}

/// `Conflict` when a node has gone, or has another id, since it was chosen.
fn still_there(ground: &Ground, operation: &Operation) -> Result<()> {
    let there: Vec<Node> = ground.present.hosts.iter().map(present::PresentHost::node).collect();
    match operation.nodes.iter().find(|node| !there.contains(node)) {
        Some(node) => Err(Error::conflict(format!(
            "node `{}` of cluster `{}` is not what it was any more",
            node.instance_id, operation.cluster
        ))),
        None => Ok(()),
    }
}

/// What the last phase changes: the nodes go, with all that hangs on them, and
/// a tombstone stays of each.
pub async fn remove(view: &View, operation: &Operation) -> Result<Step> {
    let ground = ground::look(view, &operation.cluster).await?;
    let directory = &ground.present.directory;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    for node in &operation.nodes {
        for parent in ["hosts", "deleting-hosts"] {
            step.changes.delete_tree(&node.below(&directory.child(parent)?)?);
        }
        step.changes.delete_tree(&directory.child("cmd")?.child(&node.instance_id)?);
        if !node.gsid.is_empty() {
            step.changes.delete(&records::gsid(&node.gsid)?);
        }
        if !node.node_id.is_empty() {
            step.changes.delete(&records::node_id(&node.node_id)?);
        }
        let tombstone = tombstone(&ground, operation, node)?;
        step.changes.put(&tombstone.place()?, &tombstone.write());
    }
    for ip in leaving::freed_addresses(&ground.present, &operation.nodes) {
        step.changes.delete(&records::reserved(&ground.group)?.child(&ip)?);
    }
    access(view, &ground, operation, &mut step).await?;
    Ok(step)
}

fn tombstone(ground: &Ground, operation: &Operation, node: &Node) -> Result<Tombstone> {
    Ok(Tombstone {
        node_id: node.node_id.clone(),
        instance_id: node.instance_id.clone(),
        cluster: operation.cluster.clone(),
        role: node.role.clone(),
        ip: node.ip.clone(),
        sid: node.sid,
        path: node.below(&ground.present.directory.child("hosts")?)?,
        removed: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        actor: operation.actor.clone(),
        command: operation.command.clone(),
        revision: ground.revision,
    })
}

/// Takes mapping and rules away, where the address still is the node's, and
/// `/self` when one of the nodes is it.
async fn access(
    view: &View,
    ground: &Ground,
    operation: &Operation,
    step: &mut Step,
) -> Result<()> {
    let own = Path::parse(records::SELF)?;
    let mut what = vec![What::Key(own.clone())];
    for node in &operation.nodes {
        let directory = mapping::directory(&ground.group, &node.ip);
        what.extend(directory.and_then(|top| top.child("host")).map(What::Key));
    }
    let at = fixed(ground.revision);
    let (_, entries) = reading::collect(view.store(), &what, at).await?;
    let rules = Path::parse(rule::ROOT)?.child(&ground.group)?;
    for entry in entries {
        if entry.path == own {
            if operation.nodes.iter().any(|node| node.node_id == entry.value) {
                step.changes.delete(&own);
                step.guards.push(Guard::Value(own.clone(), entry.value));
            }
            continue;
        }
        let here = Path::parse(&entry.value).is_ok_and(|at| ground.present.directory.contains(&at));
        let Some(top) = entry.path.parent().filter(|_| here) else { continue };
        if let Some(ip) = top.name() {
            step.changes.delete_tree(&rules.child(ip)?);
        }
        step.changes.delete_tree(&top);
    }
    Ok(())
}

/// What makes the nodes stay. `Conflict` once they are gone.
pub fn undo(view: &View, operation: &Operation) -> Result<Step> {
    if operation.next().is_none() {
        return Err(Error::conflict(format!(
            "the nodes of this scale-in have left cluster `{}` already",
            operation.cluster
        ))
        .hint(format!("End it with `metactl scale finish --cluster {}`", operation.cluster)));
    }
    let directory = view.scope().cluster_root.child(&operation.cluster)?;
    let deleting = directory.child("deleting-hosts")?;
    let mut step = Step::default();
    for node in &operation.nodes {
        step.changes.delete_tree(&node.below(&deleting)?);
    }
    Ok(step)
}
