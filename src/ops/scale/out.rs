//! Scale-out, phase by phase.

use super::ground::{self, Ground};
use crate::error::{Error, Kind, Result};
use crate::model::cluster::{Leaf, records};
use crate::model::ids::Draw;
use crate::model::mapping;
use crate::model::operation::{Before, Node, Operation, Sizes, Work};
use crate::model::path::Path;
use crate::model::rule;
use crate::model::scale::out::{self, Place, Wanted};
use crate::model::scale::present;
use crate::ops::cluster::guards::MOST_SINGLE;
use crate::ops::operation::step::Step;
use crate::ops::view::{View, fixed};
use crate::store::{Guard, What, reading};

/// The phase that brings the nodes in.
pub const REGISTER: &str = "register";
/// The phase that ends it.
pub const COMPLETE: &str = "complete";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// None for a cluster without roles, or with only one.
    pub role: Option<String>,
    /// Groups where the role has replicas, else nodes.
    pub count: u32,
    pub sizes: Sizes,
}

/// Checks what is asked for against the cluster and its app, and settles what
/// the operation does. `NotFound`, or `Invalid` with all that is wrong.
pub async fn plan(view: &View, cluster: &str, request: Request) -> Result<Work> {
    let ground = ground::survey(view, cluster).await?;
    let known: Vec<&str> = ground
        .app
        .iter()
        .flat_map(|app| &app.spec.roles)
        .filter_map(|role| role.name.as_deref())
        .collect();
    let role = present::choose_role(&ground.present, &known, request.role.as_deref())?;
    if request.count == 0 {
        return Err(Error::invalid("no node is asked for; `--count` is 1 at least"));
    }
    let Request { count, sizes, .. } = request;
    wanted(&ground, role.as_deref(), count, &sizes).check(&ground.present)?;
    Ok(Work::ScaleOut { role, count, size: sizes })
}

fn wanted<'a>(
    ground: &'a Ground,
    role: Option<&'a str>,
    count: u32,
    sizes: &'a Sizes,
) -> Wanted<'a> {
    Wanted { role, count, sizes, app: ground.app.as_ref() }
}

/// What the register phase changes: draws the nodes.
pub async fn register(view: &View, operation: &mut Operation) -> Result<Step> {
    let Work::ScaleOut { role, count, size } = &operation.work else {
        return Err(Error::new(Kind::Failed, "the operation is no scale-out"));
    };
    let ground = ground::survey(view, &operation.cluster).await?;
    let wanted = wanted(&ground, role.as_deref(), *count, size);
    let taken = ground.taken(view).await?;
    let grown = wanted.grow(&ground.present, &taken, &mut Draw::new(None))?;
    let place = Place {
        present: &ground.present,
        cluster_root: &view.scope().cluster_root,
        group: &ground.group,
        project: &ground.project,
        root_access: ground.app.as_ref().is_some_and(|app| app.spec.metadata_root_access),
    };
    let mut leaves = out::leaves(&place, &grown.hosts)?;
    operation.nodes = grown.hosts.iter().map(Node::of).collect();
    if let Some(block) = grown.widened {
        let path = ground.record("cidr")?;
        // Where others have written the cluster there is no record to keep.
        if let Some(was) = ground.present.record.get("cidr").cloned() {
            let wrote = block.to_string();
            leaves.push((path.clone(), wrote.clone()));
            operation.before.push(Before { path, was: Some(was), wrote: Some(wrote) });
        }
    }
    let guards = guards(view, &ground, &operation.nodes, &leaves).await?;
    let mut step = Step { guards, ..Step::default() };
    leaves.iter().for_each(|(path, value)| step.changes.put(path, value));
    Ok(step)
}

/// Nobody has changed the cluster, nor taken an address or an id of the nodes.
async fn guards(
    view: &View,
    ground: &Ground,
    nodes: &[Node],
    leaves: &[Leaf],
) -> Result<Vec<Guard>> {
    let mut guards = vec![ground.unchanged()];
    let claims: Vec<&Path> =
        leaves.iter().map(|(path, _)| path).filter(|path| is_claim(path)).collect();
    if claims.len() + nodes.len() < MOST_SINGLE {
        for node in nodes {
            let host = mapping::directory(&ground.group, &node.ip)?.child("host")?;
            guards.push(Guard::Absent(host));
        }
        guards.extend(claims.into_iter().cloned().map(Guard::Absent));
        return Ok(guards);
    }
    let what: Vec<What> = claims.into_iter().cloned().map(What::Key).collect();
    let claimed = reading::collect(view.store(), &what, fixed(ground.revision)).await?.1;
    if let Some(entry) = claimed.first() {
        let why = format!("`{}` is claimed already", entry.path);
        return Err(Error::new(Kind::Conflict, why).retryable());
    }
    for unit in ["_metad", "claims"] {
        guards.push(Guard::Unchanged { unit: unit.to_owned(), since: ground.revision });
    }
    Ok(guards)
}

fn is_claim(path: &Path) -> bool {
    path.as_str().starts_with(records::CLAIMS)
}

/// What the last phase changes: the nodes are no longer new.
pub fn complete(view: &View, operation: &Operation) -> Result<Step> {
    let directory = view.scope().cluster_root.child(&operation.cluster)?;
    let adding = directory.child("adding-hosts")?;
    let mut step = Step::default();
    for node in &operation.nodes {
        step.changes.delete_tree(&node.below(&adding)?);
    }
    Ok(step)
}

/// What takes the nodes away again, with all that has come to hang on them.
pub async fn undo(view: &View, operation: &Operation) -> Result<Step> {
    let directory = view.scope().cluster_root.child(&operation.cluster)?;
    let group = ground::look(view, &operation.cluster).await?.group;
    let mut step = Step::default();
    for node in &operation.nodes {
        for parent in ["hosts", "adding-hosts"] {
            step.changes.delete_tree(&node.below(&directory.child(parent)?)?);
        }
        step.changes.delete_tree(&directory.child("cmd")?.child(&node.instance_id)?);
        step.changes.delete_tree(&mapping::directory(&group, &node.ip)?);
        step.changes.delete_tree(&Path::parse(rule::ROOT)?.child(&group)?.child(&node.ip)?);
        step.changes.delete(&records::gsid(&node.gsid)?);
        step.changes.delete(&records::node_id(&node.node_id)?);
    }
    Ok(step)
}
