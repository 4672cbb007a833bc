//! What an operation would do, phase by phase, tried on a copy of its cluster.

use std::sync::Arc;

use serde::Serialize;

use super::drive::Planned;
use super::{busy, commands, course, drive};
use crate::error::Result;
use crate::model::cluster::records;
use crate::model::command::Step;
use crate::model::difference::Difference;
use crate::model::operation::Node;
use crate::model::path::Path;
use crate::model::phase;
use crate::model::{mapping, rule};
use crate::ops::preview;
use crate::ops::view::View;
use crate::store::memory::Memory;
use crate::store::{At, Changes, Commit, Note, Store, What};

/// The phases of an operation that was not begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    pub cluster: String,
    /// The words that would begin it: `scale out`.
    pub kind: &'static str,
    pub phases: Vec<Phase>,
    /// The nodes it would be about; new ones get other ids when it is begun.
    pub nodes: Vec<Node>,
}

/// What one phase would change in the tree; metactl's own records are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phase {
    pub phase: String,
    /// What nodes would run; whatever that changes is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Ordered>,
    pub changes: Difference,
}

/// A command that nodes would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ordered {
    pub command: String,
    /// In seconds.
    pub timeout: u32,
    /// Instance ids.
    pub nodes: Vec<String>,
}

impl Ordered {
    fn of(step: Step) -> Ordered {
        let Step { command, timeout, nodes, .. } = step;
        let nodes = nodes.into_iter().map(|node| node.instance_id).collect();
        Ordered { command, timeout, nodes }
    }
}

/// Goes through the phases on a copy of everything they decide on. Nothing is
/// written. Errors as of [`drive::begin`], as far as a copy can tell.
pub async fn rehearse(
    view: &View,
    cluster: &str,
    planned: impl Into<Planned>,
    note: Note,
) -> Result<Rehearsed> {
    busy::refuse(view, cluster).await?;
    let copy = copy(view, cluster).await?;
    let mut operation = drive::operation(&copy, cluster, planned.into(), &note).await?;
    let kind = operation.work.name();
    let mut phases = Vec::new();
    while let Some(phase) = operation.next().map(str::to_owned) {
        if let Some(commands) = phase::commands(&operation.work, &phase) {
            let steps = commands::steps(&copy, &operation, commands).await?;
            let commands = steps.into_iter().map(Ordered::of).collect();
            phases.push(Phase { phase, commands, changes: Difference::default() });
            operation.done += 1;
            continue;
        }
        let step = course::phase(&copy, &mut operation).await?;
        let (_, mut changes) = preview::preview(copy.store(), &step.changes, At::Latest).await?;
        changes.retain(|path| !mapping::is_bookkeeping(path));
        changes.mask(|path| preview::is_secret(view, path));
        phases.push(Phase { phase, commands: Vec::new(), changes });
        operation.done += 1;
        let commit = Commit { changes: step.changes, guards: step.guards, note: note.clone() };
        copy.store().commit(&commit).await?;
    }
    Ok(Rehearsed { cluster: cluster.to_owned(), kind, phases, nodes: operation.nodes })
}

/// A store in memory with what matters to operations on a cluster.
async fn copy(view: &View, cluster: &str) -> Result<View> {
    let group = &view.scope().group;
    let what = [
        view.scope().cluster_root.child(cluster)?,
        records::cluster(cluster)?,
        records::app(cluster)?,
        Path::parse(records::SELF)?,
        records::reserved(group)?,
        mapping::group_directory(group)?,
        Path::parse(rule::ROOT)?.child(group)?,
    ];
    let what: Vec<What> = what.into_iter().map(What::Subtree).collect();
    let mut changes = Changes::new();
    view.store()
        .read(&what, At::Latest, &mut |item| {
            if let Some(path) = Path::from_stored(item.path) {
                changes.put(&path, item.value);
            }
            Ok(())
        })
        .await?;
    let memory = Memory::new();
    memory.commit(&Commit { changes, ..Commit::default() }).await?;
    Ok(View::new(Arc::new(memory), view.scope().clone()))
}
