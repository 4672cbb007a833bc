//! Cancels a command: where no agent has begun it never begins, where one runs
//! it, that agent ends it.

use std::time::Duration;

use serde::Serialize;

use super::occupied;
use super::prune;
use super::records::{self, Recorded};
use crate::error::{Kind, Result};
use crate::model::command::{Fate, State, Target, order};
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, What, reading};

/// How many records go in one commit: each needs a guard.
const MOST_GUARDED: usize = 90;
/// How often agents may come in between.
const ATTEMPTS: u32 = 64;

/// What a cancellation has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cancelled {
    pub id: String,
    /// Instances that have not begun, and never will.
    pub cancelled: Vec<String>,
    /// Instances whose agents have been told to end it.
    pub told: Vec<String>,
}

/// Cancels a command on all nodes where it has not ended; nothing is done where
/// it has. `NotFound` when there is no such command.
pub async fn cancel(view: &View, id: &str, note: Note) -> Result<Cancelled> {
    let by = note.actor.clone();
    nodes(view, id, &format!("cancelled by {by}"), |_| true, &mut Notes::new(note)).await
}

/// Cancels it on the nodes that are picked.
pub(super) async fn nodes(
    view: &View,
    id: &str,
    reason: &str,
    pick: impl Fn(&Target) -> bool,
    notes: &mut Notes,
) -> Result<Cancelled> {
    let mut done = Cancelled { id: id.to_owned(), ..Cancelled::default() };
    let mut attempt = 0;
    loop {
        let (_, recorded) = records::load(view, id, At::Latest).await?;
        let open: Vec<(Target, Fate)> = open(&recorded, &pick);
        if open.is_empty() {
            return Ok(done);
        }
        let part = open.get(..MOST_GUARDED.min(open.len())).unwrap_or_default();
        let commit = commit(view, &recorded, part, reason, notes).await?;
        match view.store().commit(&commit).await {
            Ok(_) => {
                for (node, fate) in part {
                    let list = match fate.state {
                        State::Pending => &mut done.cancelled,
                        _ => &mut done.told,
                    };
                    list.push(node.instance_id.clone());
                }
            }
            Err(error) if error.kind() == Kind::Conflict && attempt < ATTEMPTS => {
                attempt += 1;
                let pause = Duration::from_millis(1 << attempt.min(6));
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The picked nodes where there is something to cancel.
fn open(recorded: &Recorded, pick: impl Fn(&Target) -> bool) -> Vec<(Target, Fate)> {
    let picked = recorded.order.nodes().filter(|(_, node)| pick(node));
    picked
        .filter_map(|(_, node)| Some((node.clone(), recorded.fates.get(&node.node_id)?.clone())))
        .filter(|(_, fate)| !fate.state.is_over() && fate.cancel.is_none())
        .collect()
}

async fn commit(
    view: &View,
    recorded: &Recorded,
    part: &[(Target, Fate)],
    reason: &str,
    notes: &mut Notes,
) -> Result<Commit> {
    let order = &recorded.order;
    let slots = order::slots(&view.scope().cluster_root.child(&order.cluster)?)?;
    let mut what = Vec::new();
    for (node, _) in part {
        what.push(What::Key(slots.child(&node.instance_id)?.child("id")?));
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let held = occupied::ids(&entries, &slots);
    let (mut guards, mut changes) = (Vec::new(), Changes::new());
    for (node, fate) in part {
        let path = order::fate(&order.id, &node.node_id)?;
        let revision = recorded.revisions.get(&node.node_id).copied().unwrap_or(0);
        guards.push(Guard::Revision(path.clone(), revision));
        let mut fate = fate.clone();
        fate.cancel = Some(reason.to_owned());
        if fate.state == State::Pending {
            fate.state = State::Cancelled;
            fate.note = Some(reason.to_owned());
            fate.finished = Some(records::now());
            // Whoever fills the slot with another command changes this record first.
            if held.get(node.instance_id.as_str()) == Some(&order.id.as_str()) {
                prune::clear(&mut changes, &slots.child(&node.instance_id)?)?;
            }
        }
        changes.put(&path, &fate.write());
    }
    Ok(Commit { guards, changes, note: notes.next() })
}
