//! Writing the leaves of a new cluster: in one commit, or where the store does
//! not take it, in parts that no node sees before the last.

use super::create::Done;
use super::guards;
use crate::error::{Error, Kind, Result};
use crate::model::cluster::{Leaf, Plan, records};
use crate::model::path::Path;
use crate::ops::notes::Notes;
use crate::store::{Changes, Commit, Guard, Revision, Store};

/// The bytes of the first part that is tried.
const PART: usize = 512 << 10;
/// A store that does not take this much takes no cluster.
const SMALLEST_PART: usize = 8 << 10;

/// What was written.
pub(super) struct Written {
    pub(super) revision: Revision,
    /// 1 where everything was one commit.
    pub(super) parts: usize,
}

/// Writes a plan. `own` is who `/self` becomes with it.
pub(super) async fn plan(
    store: &dyn Store,
    plan: &Plan,
    own: Option<Leaf>,
    guards: Vec<Guard>,
    notes: &mut Notes,
    done: Done<'_>,
) -> Result<Written> {
    let command = format!("cluster create {}", plan.directory.name().unwrap_or_default());
    let leaves: Vec<&Leaf> = plan
        .claims
        .iter()
        .chain(&plan.data)
        .chain(&plan.records)
        .chain(&plan.access)
        .chain(&own)
        .collect();
    let commit = Commit {
        guards: guards.clone(),
        changes: changes(&leaves),
        note: notes.words(command.clone()),
    };
    match store.commit(&commit).await {
        Ok(outcome) => {
            done(leaves.len() as u64, leaves.len() as u64);
            Ok(Written { revision: outcome.revision, parts: 1 })
        }
        Err(error) if error.kind() == Kind::TooLarge => {
            let id = plan.directory.name().unwrap_or_default().to_owned();
            let state = records::cluster(&id)?.child("state")?;
            let mut parts = Parts { store, state, command, parts: 0 };
            parts.write(&leaves, guards, notes, done).await
        }
        Err(error) => Err(error),
    }
}

struct Parts<'a> {
    store: &'a dyn Store,
    /// The leaf that says how far the cluster is; `active` comes last.
    state: Path,
    command: String,
    parts: usize,
}

impl Parts<'_> {
    async fn write(
        &mut self,
        leaves: &[&Leaf],
        guards: Vec<Guard>,
        notes: &mut Notes,
        done: Done<'_>,
    ) -> Result<Written> {
        let (state, mut rest): (Vec<&Leaf>, Vec<&Leaf>) =
            leaves.iter().copied().partition(|(path, _)| *path == self.state);
        let creating = (self.state.clone(), "creating".to_owned());
        // The last part is the mapping's; with it the cluster is there.
        rest.extend(state);
        let first = Commit {
            guards,
            changes: changes(&[&creating]),
            note: notes.words(self.command.clone()),
        };
        let mut revision = self.store.commit(&first).await?.revision;
        let mut size = PART;
        let mut open = rest.as_slice();
        while !open.is_empty() {
            let (part, after) = open.split_at(fitting(open, size));
            let mut guards = vec![Guard::Value(self.state.clone(), "creating".to_owned())];
            // What this command has written itself is no change by others.
            guards.extend(guards::unchanged(revision));
            let note = notes.words(self.command.clone());
            let commit = Commit { guards, changes: changes(part), note };
            match self.store.commit(&commit).await {
                Ok(outcome) => {
                    revision = outcome.revision.max(revision);
                    self.parts += 1;
                    done(part.len() as u64, rest.len() as u64);
                    open = after;
                }
                Err(error) if error.kind() == Kind::TooLarge && size > SMALLEST_PART => size /= 2,
                Err(error) => return Err(self.half(error)),
            }
        }
        Ok(Written { revision, parts: self.parts + 1 })
    }

    fn half(&self, error: Error) -> Error {
        let id = self.command.rsplit(' ').next().unwrap_or_default();
        let kind = error.kind();
        let sentence = format!("cluster `{id}` is written in part only");
        Error::new(kind, sentence)
            .because(error)
            .hint(format!("Take it away with `metactl cluster delete {id}`"))
    }
}

/// How many leaves from the front are `size` bytes; one at least.
fn fitting(leaves: &[&Leaf], size: usize) -> usize {
    let mut bytes = 0;
    let count = leaves.iter().take_while(|(path, value)| {
        bytes += path.as_str().len() + value.len() + 16;
        bytes <= size
    });
    count.count().max(1)
}

fn changes(leaves: &[&Leaf]) -> Changes {
    let mut changes = Changes::new();
    leaves.iter().for_each(|(path, value)| changes.put(path, value));
    changes
}
