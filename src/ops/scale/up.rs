//! Vertical scaling of one role, phase by phase.

use super::ground;
use crate::error::{Error, Kind, Result};
use crate::model::operation::{Before, Node, Operation, Sizes, Work};
use crate::model::path::Path;
use crate::model::scale::present;
use crate::model::scale::resize::{self, Resize};
use crate::ops::operation::drive::Planned;
use crate::ops::operation::step::Step;
use crate::ops::view::View;

/// The phase that says which roles are resized.
pub const REGISTER: &str = "register";
/// The phase that resizes the nodes; one after another they are `resize-1`,
/// `resize-2`, ….
pub const RESIZE: &str = "resize";
/// The phase that ends it.
pub const COMPLETE: &str = "complete";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// None for a cluster without roles, or with only one.
    pub role: Option<String>,
    pub sizes: Sizes,
}

/// Checks what is asked for against the cluster and its app, and settles what
/// the operation does. `NotFound`, or `Invalid` with all that is wrong.
pub async fn plan(view: &View, cluster: &str, request: Request) -> Result<Planned> {
    let ground = ground::survey(view, cluster).await?;
    let role = present::choose_role(&ground.present, &[], request.role.as_deref())?;
    let app = ground.app.as_ref();
    let resize = Resize { role: role.as_deref(), sizes: &request.sizes, app };
    resize.check(&ground.present)?;
    let nodes = resize.nodes(&ground.present);
    let sequential = app.and_then(|app| app.role(role.as_deref()));
    let sequential = sequential.is_some_and(|role| role.sequential);
    let work = Work::ScaleUp { role, size: request.sizes, sequential };
    Ok(Planned { work, nodes, force: false, run_commands: false })
}

/// The names of the phases, in order.
pub fn phases(sequential: bool, nodes: usize) -> Vec<String> {
    let mut names = vec![REGISTER.to_owned()];
    if sequential {
        names.extend((1..=nodes).map(|number| format!("{RESIZE}-{number}")));
    } else {
        names.push(RESIZE.to_owned());
    }
    names.push(COMPLETE.to_owned());
    names
}

/// What a phase changes.
pub async fn phase(view: &View, operation: &mut Operation, phase: &str) -> Result<Step> {
    match phase.strip_prefix(RESIZE) {
        Some("") => resized(view, operation, operation.nodes.clone()).await,
        Some(number) => {
            let number = number.trim_start_matches('-').parse::<usize>().unwrap_or(0);
            let node = operation.nodes.get(number.wrapping_sub(1)).cloned();
            resized(view, operation, node.into_iter().collect()).await
        }
        None if phase == REGISTER => register(view, operation).await,
        None => complete(view, operation),
    }
}

async fn register(view: &View, operation: &mut Operation) -> Result<Step> {
    let (role, sizes) = asked(operation)?;
    let ground = ground::survey(view, &operation.cluster).await?;
    let role = role.as_deref();
    Resize { role, sizes: &sizes, app: ground.app.as_ref() }.check(&ground.present)?;
    let path = roles(view, operation)?;
    let wrote = resize::scaling_roles(&ground.present, role);
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    step.changes.put(&path, &wrote);
    let was = ground.present.leaves.get("vertical-scaling-roles").cloned();
    operation.before.push(Before { path, was, wrote: Some(wrote) });
    Ok(step)
}

/// New sizes in the records of nodes; one that has gone meanwhile is `Conflict`.
async fn resized(view: &View, operation: &mut Operation, nodes: Vec<Node>) -> Result<Step> {
    let (_, sizes) = asked(operation)?;
    let ground = ground::look(view, &operation.cluster).await?;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    for node in nodes {
        let here = |host: &&present::PresentHost| {
            host.instance_id == node.instance_id && host.role == node.role
        };
        let host = ground.present.hosts.iter().find(here).ok_or_else(|| {
            let (instance, cluster) = (&node.instance_id, &operation.cluster);
            Error::conflict(format!("node `{instance}` has left cluster `{cluster}`"))
        })?;
        let record = host.record(&ground.present.directory)?;
        for (leaf, value) in resize::leaves(&sizes, host) {
            let path = record.child(leaf)?;
            step.changes.put(&path, &value);
            let was = host.leaves.get(leaf).cloned();
            operation.before.push(Before { path, was, wrote: Some(value) });
        }
    }
    Ok(step)
}

fn complete(view: &View, operation: &Operation) -> Result<Step> {
    let mut step = Step::default();
    step.changes.delete(&roles(view, operation)?);
    Ok(step)
}

fn roles(view: &View, operation: &Operation) -> Result<Path> {
    view.scope().cluster_root.child(&operation.cluster)?.child("vertical-scaling-roles")
}

fn asked(operation: &Operation) -> Result<(Option<String>, Sizes)> {
    match &operation.work {
        Work::ScaleUp { role, size, .. } => Ok((role.clone(), size.clone())),
        _ => Err(Error::new(Kind::Failed, "the operation resizes nothing")),
    }
}
