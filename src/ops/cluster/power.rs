//! Stopping and starting a cluster, phase by phase.

use crate::error::{Error, Kind, Result};
use crate::model::ids::Draw;
use crate::model::mapping;
use crate::model::operation::{Before, Operation, Work};
use crate::model::path::Path;
use crate::model::rule;
use crate::model::scale::rename::{self, Names};
use crate::ops::operation::step::Step;
use crate::ops::scale::ground::{self, Ground};
use crate::ops::view::{View, fixed};
use crate::store::{Guard, What, reading};

/// The phase with which a cluster begins to stop, or to start.
pub const REGISTER: &str = "register";
/// The phase that ends both.
pub const COMPLETE: &str = "complete";

/// What the first phase of a stop changes. `Conflict` when it is stopped already.
pub async fn stop(view: &View, operation: &mut Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    match state(&ground) {
        "stopped" => return Err(is_already(&operation.cluster, "stopped")),
        "creating" => {
            let message = format!("cluster `{}` is not complete", operation.cluster);
            return Err(Error::conflict(message));
        }
        _ => {}
    }
    operation.nodes = ground.present.hosts.iter().map(|host| host.node()).collect();
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    set_state(&ground, operation, &mut step, "stopping")?;
    Ok(step)
}

/// What the first phase of a start changes: every record moves to a new
/// instance id, and with it the mapping and rules of its node. `Conflict` when
/// the cluster is not stopped.
pub async fn start(view: &View, operation: &mut Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    let now = state(&ground);
    if now != "stopped" {
        return Err(is_already(&operation.cluster, now)
            .hint(format!("Stop it first: `metactl cluster stop {}`", operation.cluster)));
    }
    let Work::Start { keep_ids, renamed } = &mut operation.work else { return Err(other()) };
    let names = if *keep_ids { Names::new() } else { draw(&ground) };
    *renamed = names.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let mut step = moved(view, &ground, &names).await?;
    operation.nodes = ground.present.hosts.iter().map(|host| host.node()).collect();
    for node in &mut operation.nodes {
        if let Some(new) = names.get(&node.instance_id) {
            node.instance_id.clone_from(new);
        }
    }
    set_state(&ground, operation, &mut step, "starting")?;
    Ok(step)
}

/// What the last phase of both changes. What was to be run under old instance
/// ids goes.
pub async fn complete(view: &View, operation: &mut Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    let mut end = "stopped";
    if let Work::Start { renamed, .. } = &operation.work {
        end = "active";
        let commands = ground.present.directory.child("cmd")?;
        for old in renamed.values() {
            step.changes.delete_tree(&commands.child(old)?);
        }
    }
    set_state(&ground, operation, &mut step, end)?;
    Ok(step)
}

/// What gives the nodes their old instance ids back.
pub async fn undo(view: &View, operation: &Operation) -> Result<Step> {
    let Work::Start { renamed, .. } = &operation.work else { return Ok(Step::default()) };
    let ground = ground::survey(view, &operation.cluster).await?;
    let mut step = moved(view, &ground, renamed).await?;
    let commands = ground.present.directory.child("cmd")?;
    for new in renamed.keys() {
        step.changes.delete_tree(&commands.child(new)?);
    }
    Ok(step)
}

fn state(ground: &Ground) -> &str {
    ground.present.record.get("state").map_or("active", String::as_str)
}

fn is_already(cluster: &str, state: &str) -> Error {
    Error::conflict(format!("cluster `{cluster}` is `{state}` already"))
}

fn other() -> Error {
    Error::new(Kind::Failed, "the operation is no start of a cluster")
}

/// A new instance id for every host, which none of them has.
fn draw(ground: &Ground) -> Names {
    let mut draw = Draw::new(None);
    let hosts = &ground.present.hosts;
    let mut names = Names::new();
    for host in hosts {
        let taken = |id: &String, names: &Names| {
            hosts.iter().any(|host| host.instance_id == *id) || names.values().any(|new| new == id)
        };
        let mut id = draw.instance();
        while taken(&id, &names) {
            id = draw.instance();
        }
        names.insert(host.instance_id.clone(), id);
    }
    names
}

/// Moves records, and makes mapping and rules of the nodes lead to them.
async fn moved(view: &View, ground: &Ground, names: &Names) -> Result<Step> {
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    if names.is_empty() {
        return Ok(step);
    }
    let directory = &ground.present.directory;
    let moves = rename::records(&ground.present, names)?;
    moves.gone.iter().for_each(|path| step.changes.delete_tree(path));
    moves.leaves.iter().for_each(|(path, value)| step.changes.put(path, value));
    let rules = Path::parse(rule::ROOT)?.child(&ground.group)?;
    let mut what = Vec::new();
    for host in &ground.present.hosts {
        let Ok(top) = mapping::directory(&ground.group, host.get("ip")) else { continue };
        what.extend(top.name().and_then(|ip| rules.child(ip).ok()).map(What::Key));
        what.push(What::Subtree(top));
    }
    let (_, entries) = reading::collect(view.store(), &what, fixed(ground.revision)).await?;
    for entry in &entries {
        let changed = match rules.contains(&entry.path) {
            true => rename::rules(directory, &entry.value, names),
            false => rename::link(directory, &entry.value, names),
        };
        if let Some(value) = changed {
            step.changes.put(&entry.path, &value);
        }
    }
    let since = ground.revision;
    step.guards.push(Guard::Unchanged { unit: "_metad".to_owned(), since });
    Ok(step)
}

/// Writes the cluster's state, and keeps what it was before the operation.
fn set_state(
    ground: &Ground,
    operation: &mut Operation,
    step: &mut Step,
    state: &str,
) -> Result<()> {
    let path = ground.record("state")?;
    step.changes.put(&path, state);
    let was = ground.present.record.get("state").cloned();
    operation.keep(Before { path, was, wrote: Some(state.to_owned()) });
    Ok(())
}
