//! Puts a command into the slots of the nodes whose turn it is, in one commit
//! with its records.

use std::time::{Duration, Instant};

use super::occupied::{self, Occupied};
use super::prune;
use super::records::{self, Recorded};
use crate::error::{Error, Kind, Result};
use crate::model::command::turns::{self, Fates};
use crate::model::command::{Fate, Order, Step, Target, order};
use crate::model::path::Path;
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::reading::Entry;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What, reading};

/// How often somebody else may come in between.
const ATTEMPTS: u32 = 64;
/// How many nodes begin with one commit that guards the record of each.
const MOST_GUARDED: usize = 90;

/// Places an order, stage by stage.
pub(super) struct Placer<'a> {
    pub(super) view: &'a View,
    pub(super) order: Order,
    /// Take slots whose commands have not ended.
    pub(super) replace: bool,
    /// How long to wait for a slot that is taken.
    pub(super) patience: Duration,
    pub(super) notes: Notes,
}

/// What a placement has done.
pub(super) struct Placed {
    /// The commit's revision; of the read when there was nothing to do.
    pub(super) revision: Revision,
    /// Whether the order's record was there before.
    pub(super) was_there: bool,
    /// What has become of its nodes at that revision, as far as it is known.
    pub(super) fates: Fates,
}

/// What was read, and when.
struct Scene {
    revision: Revision,
    entries: Vec<Entry>,
    slots: Path,
    index: Path,
    recorded: Option<Recorded>,
}

impl Placer<'_> {
    /// Begins with the nodes whose turn it is; none when none is.
    ///
    /// `Conflict` when a slot is taken and stays so, naming its command, and
    /// when the id belongs to another command.
    pub(super) async fn place(&mut self, given_up: &[String]) -> Result<Placed> {
        let deadline = Instant::now() + self.patience;
        let mut attempt = 0;
        let mut pause = Duration::from_millis(10);
        loop {
            let scene = self.look().await?;
            let order = self.order.clone();
            let fates = self.fates(&scene)?;
            let mut due = turns::due(&order, &fates, given_up);
            if scene.recorded.is_some() {
                due.truncate(MOST_GUARDED);
                if due.is_empty() {
                    return Ok(Placed { revision: scene.revision, was_there: true, fates });
                }
            }
            let taken = occupied::find(self.view, &scene.entries, &scene.slots, &due, &order.id);
            let taken = taken.await?;
            if !taken.is_empty() {
                if self.replace {
                    if occupied::withdraw(self.view, &taken, &order, &mut self.notes).await? {
                        continue;
                    }
                } else if Instant::now() + pause < deadline {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(250));
                    continue;
                } else {
                    return Err(in_the_way(&taken));
                }
            }
            let (commit, after) = self.commit(&scene, &due, fates).await?;
            match self.view.store().commit(&commit).await {
                Ok(outcome) => {
                    let was_there = scene.recorded.is_some();
                    return Ok(Placed { revision: outcome.revision, was_there, fates: after });
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

    async fn look(&self) -> Result<Scene> {
        let Order { id, cluster, .. } = &self.order;
        let slots = order::slots(&self.view.scope().cluster_root.child(cluster)?)?;
        let index = order::index(cluster)?;
        let what = [
            What::Key(index.clone()),
            What::Subtree(order::directory(id)?),
            What::Subtree(slots.clone()),
        ];
        let (revision, entries) = reading::collect(self.view.store(), &what, At::Latest).await?;
        let recorded = records::of(id, &entries)?;
        Ok(Scene { revision, entries, slots, index, recorded })
    }

    fn fates(&self, scene: &Scene) -> Result<Fates> {
        match &scene.recorded {
            Some(recorded) if !recorded.order.is_same(&self.order) => Err(Error::conflict(
                format!("id `{}` belongs to another command already", self.order.id),
            )
            .hint(format!("Look at it: `metactl cmd show {}`", self.order.id))),
            Some(recorded) => Ok(recorded.fates.clone()),
            None => Ok(Fates::new()),
        }
    }

    /// The commit that begins with `due`, and the fates after it.
    async fn commit(
        &mut self,
        scene: &Scene,
        due: &[(&Step, &Target)],
        mut fates: Fates,
    ) -> Result<(Commit, Fates)> {
        let order = &self.order;
        let unit = order.cluster.clone();
        let mut guards = vec![Guard::Unchanged { unit, since: scene.revision }];
        let mut changes = Changes::new();
        match &scene.recorded {
            Some(recorded) => {
                for (_, node) in due {
                    let revision = recorded.revisions.get(&node.node_id).copied().unwrap_or(0);
                    guards.push(Guard::Revision(order::fate(&order.id, &node.node_id)?, revision));
                }
            }
            None => {
                for (_, node) in order.nodes() {
                    fates.insert(node.node_id.clone(), Fate::pending(None));
                }
                let listing = scene.listing(due);
                guards.push(prune::listed(self.view, listing, order, &mut changes).await?);
                changes.put(&order::path(&order.id)?, &order.write());
            }
        }
        let sent = records::now();
        for (step, node) in due {
            fates.insert(node.node_id.clone(), Fate::pending(Some(sent.clone())));
            fill(&mut changes, &scene.slots.child(&node.instance_id)?, &order.id, step)?;
        }
        for (node_id, fate) in &fates {
            let is_due = due.iter().any(|(_, node)| node.node_id == *node_id);
            if is_due || scene.recorded.is_none() {
                changes.put(&order::fate(&order.id, node_id)?, &fate.write());
            }
        }
        let note: Note = self.notes.next();
        Ok((Commit { guards, changes, note }, fates))
    }
}

impl Scene {
    fn listing<'a>(&'a self, due: &[(&'a Step, &'a Target)]) -> prune::Listing<'a> {
        prune::Listing {
            filled: due.iter().map(|(_, node)| node.instance_id.as_str()).collect(),
            revision: self.revision,
            entries: &self.entries,
            index: &self.index,
            slots: &self.slots,
        }
    }
}

/// The three keys of one slot.
fn fill(changes: &mut Changes, slot: &Path, id: &str, step: &Step) -> Result<()> {
    changes.put(&slot.child("id")?, id);
    changes.put(&slot.child("cmd")?, &step.command);
    changes.put(&slot.child("timeout")?, &step.timeout.to_string());
    Ok(())
}

fn in_the_way(taken: &[Occupied]) -> Error {
    let Some(first) = taken.first() else { return Error::conflict("a slot is taken") };
    let Occupied { node, id, .. } = first;
    let more = match taken.len() {
        1 => String::new(),
        many => format!(" (and {} more of these nodes)", many - 1),
    };
    let error = Error::conflict(format!(
        "node `{}` is still at command `{id}`, which {}{more}",
        node.instance_id,
        first.words()
    ));
    let error = match first.fate {
        Some(_) => error.hint(format!("Look at it: `metactl cmd show {id}`")),
        None => error,
    };
    error.hint("Send it all the same with `--replace`, or wait longer with `--request-timeout`")
}
