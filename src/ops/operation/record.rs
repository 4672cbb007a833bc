//! The record of an operation and the commits that move it on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::step::Step;
use super::{busy, course, who};
use crate::error::{Error, Kind, Result};
use crate::model::operation::{self, Operation};
use crate::model::path::Path;
use crate::ops::cluster::guards::MOST_SINGLE;
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::commit::unit;
use crate::store::reading::Entry;
use crate::store::{At, Commit, Guard, Note, Revision, What, reading};

/// How often a phase is worked out again when somebody has changed the cluster.
const ATTEMPTS: u32 = 64;

/// An operation that this process holds, or is about to begin.
pub(super) struct Held<'a> {
    pub(super) view: &'a View,
    pub(super) operation: Operation,
    /// When its record was last written; 0 before it is there.
    revision: Revision,
    notes: Notes,
}

/// What a commit has brought.
pub(super) struct Moved {
    pub(super) revision: Revision,
    /// How many keys changed, the record left out.
    pub(super) changed: usize,
}

impl<'a> Held<'a> {
    /// An operation that is not there yet: its first commit begins it.
    pub(super) fn new(view: &'a View, mut operation: Operation, note: Note) -> Held<'a> {
        who::take(&mut operation);
        Held { view, operation, revision: 0, notes: Notes::new(note) }
    }

    /// The operation in flight on a cluster, from now on held by this process;
    /// whoever held it before fails with the next phase. None when there is none.
    pub(super) async fn take_over(
        view: &'a View,
        cluster: &str,
        note: Note,
    ) -> Result<Option<Held<'a>>> {
        let Some((mut operation, revision)) = read(view, cluster).await? else { return Ok(None) };
        who::take(&mut operation);
        let mut held = Held { view, operation, revision, notes: Notes::new(note) };
        held.write(held.operation.clone(), Step::default(), false).await?;
        Ok(Some(held))
    }

    /// Writes the record before anything else is done, unless it is there.
    pub(super) async fn begin(&mut self) -> Result<()> {
        if self.revision > 0 {
            return Ok(());
        }
        match self.write(self.operation.clone(), Step::default(), false).await {
            Err(error) if error.kind() == Kind::Conflict => {
                self.pause(error, 1).await?;
                Err(Error::conflict("another operation has come and gone").retryable())
            }
            other => other.map(drop),
        }
    }

    /// The note of a commit that belongs to the operation: the next one of its own.
    pub(super) fn note(&mut self, phase: &str) -> Note {
        self.notes.words(format!("{} {phase}", self.operation.command))
    }

    /// Makes the commit of the next phase. `keep` leaves the record there even
    /// when it was the last one.
    ///
    /// `Conflict` when somebody else has taken the operation over, or has begun
    /// one before this; changes by others that the phase was not decided on
    /// make it be worked out again.
    pub(super) async fn advance(&mut self, keep: bool) -> Result<Moved> {
        for attempt in 1.. {
            let mut next = self.operation.clone();
            let outcome = match course::phase(self.view, &mut next).await {
                Ok(step) => {
                    next.done += 1;
                    let last = next.done >= next.phases.len();
                    self.write(next, step, last && !keep).await
                }
                // What a phase finds wrong by itself does not change by looking again.
                Err(error) if !error.can_retry() => return Err(error),
                Err(error) => Err(error),
            };
            match outcome {
                Err(error) if may_pass(&error, attempt) => self.pause(error, attempt).await?,
                other => return other,
            }
        }
        Err(Error::conflict("the cluster keeps changing"))
    }

    /// Takes everything back and the record away, in one commit.
    pub(super) async fn undo(&mut self) -> Result<Moved> {
        for attempt in 1.. {
            let mut step = course::undo(self.view, &self.operation).await?;
            restore(self.view, &self.operation, &mut step).await?;
            match self.write(self.operation.clone(), step, true).await {
                Err(error) if may_pass(&error, attempt) => self.pause(error, attempt).await?,
                other => return other,
            }
        }
        Err(Error::conflict("the cluster keeps changing"))
    }

    /// Takes the record away, once every phase is done.
    pub(super) async fn close(&mut self) -> Result<Moved> {
        self.write(self.operation.clone(), Step::default(), true).await
    }

    async fn write(&mut self, next: Operation, step: Step, ends: bool) -> Result<Moved> {
        let path = operation::path(&next.cluster)?;
        let Step { mut changes, mut guards } = step;
        match self.revision {
            0 => guards.push(Guard::Absent(path.clone())),
            revision => guards.push(Guard::Revision(path.clone(), revision)),
        }
        match (ends, self.revision) {
            // Begun and ended in one: there is no record to take away.
            (true, 0) => {}
            (true, _) => changes.delete(&path),
            (false, _) => changes.put(&path, &next.write()),
        }
        let note = self.notes.words(next.command.clone());
        let commit = Commit { guards, changes, note };
        let outcome = self.view.store().commit(&commit).await.map_err(too_large)?;
        let own = usize::from(!ends || self.revision > 0);
        self.revision = outcome.revision;
        self.operation = next;
        let changed = outcome.changed.saturating_sub(own);
        Ok(Moved { revision: outcome.revision, changed })
    }

    /// Decides why a commit's condition did not hold: the record is another's
    /// now, which is the end, or something else has moved.
    async fn pause(&self, error: Error, attempt: u32) -> Result<()> {
        let cluster = &self.operation.cluster;
        match (read(self.view, cluster).await?, self.revision) {
            (None, 0) => {}
            (Some((other, _)), 0) => return Err(busy::conflict(&other)),
            (Some((other, _)), _) if other.owner == self.operation.owner => {}
            (Some((other, _)), _) => {
                return Err(Error::conflict(format!(
                    "`{}` on cluster `{cluster}` was taken over by process {} on {}",
                    self.operation.work.name(),
                    other.pid,
                    other.host
                ))
                .because(error));
            }
            (None, _) => {
                let name = self.operation.work.name();
                return Err(Error::conflict(format!(
                    "`{name}` on cluster `{cluster}` was ended by somebody else"
                ))
                .because(error));
            }
        }
        let pause = Duration::from_millis(1 << attempt.min(6));
        tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
        Ok(())
    }
}

/// A condition that did not hold may hold next time.
fn may_pass(error: &Error, attempt: u32) -> bool {
    error.kind() == Kind::Conflict && attempt < ATTEMPTS
}

/// A phase is one commit or none at all.
fn too_large(error: Error) -> Error {
    if error.kind() != Kind::TooLarge {
        return error;
    }
    error.hint("Do it with fewer nodes at a time; a phase is never written in parts")
}

/// An operation and when its record was written.
pub(super) async fn read(view: &View, cluster: &str) -> Result<Option<(Operation, Revision)>> {
    let path = operation::path(cluster)?;
    let (_, entry) = reading::get(view.store(), &path, At::Latest).await?;
    let Some(entry) = entry else { return Ok(None) };
    let operation =
        Operation::read(&entry.value).map_err(|error| error.within(format!("reading `{path}`")))?;
    Ok(Some((operation, entry.mod_revision)))
}

/// Gives the leaves that the operation has changed their old values, where
/// nobody has changed them since.
async fn restore(view: &View, operation: &Operation, step: &mut Step) -> Result<()> {
    let keys = operation.before.iter().map(|before| What::Key(before.path.clone()));
    let what: Vec<What> = keys.collect();
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let there: BTreeMap<&Path, &Entry> = entries.iter().map(|one| (&one.path, one)).collect();
    let mut guards = Vec::new();
    for before in &operation.before {
        let there = there.get(&before.path);
        if there.map(|entry| &entry.value) != before.wrote.as_ref() {
            continue;
        }
        guards.push(match there {
            Some(entry) => Guard::Revision(before.path.clone(), entry.mod_revision),
            None => Guard::Absent(before.path.clone()),
        });
        match &before.was {
            Some(was) => step.changes.put(&before.path, was),
            None => step.changes.delete(&before.path),
        }
    }
    if guards.len() > MOST_SINGLE {
        let units: BTreeSet<&str> =
            operation.before.iter().filter_map(|before| unit(&before.path)).collect();
        let unchanged = |unit: &str| Guard::Unchanged { unit: unit.to_owned(), since: revision };
        guards = units.into_iter().map(unchanged).collect();
    }
    step.guards.extend(guards);
    Ok(())
}
