//! Going through the phases of an operation.

use std::time::Duration;

use serde::Serialize;

use super::commands::Waiting;
use super::record::Held;
use super::{assertion, busy, commands, course};
use crate::error::{Error, Kind, Result};
use crate::model::ids::Draw;
use crate::model::operation::{Node, Operation, Work};
use crate::model::phase::{self, Commands};
use crate::ops::view::View;
use crate::store::{Note, Revision};

/// How an operation is gone through.
pub struct How<'a> {
    /// Stops after this phase and leaves the operation in flight.
    pub hold: Hold,
    /// Time between two phases.
    pub delay: Duration,
    /// A command of the shell that is run after every phase; the operation is
    /// undone when it fails.
    pub assert: Option<String>,
    /// Hears of every phase once it is done.
    pub tell: &'a (dyn Fn(&Operation, &PhaseDone) + Sync),
    /// How nodes are waited for that run the app's commands.
    pub waiting: Waiting<'a>,
}

/// Where an operation is to stop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Hold {
    #[default]
    Never,
    /// After the phase with which nodes see that something is going on.
    Seen,
    /// After the phase of that name.
    At(String),
}

/// What an operation is to do, checked against the cluster.
#[derive(Debug, Clone)]
pub struct Planned {
    pub work: Work,
    /// The nodes it is about, where they are there already.
    pub nodes: Vec<Node>,
    /// Whether it goes on where a user may insist.
    pub force: bool,
    /// Whether the nodes run the app's commands.
    pub run_commands: bool,
}

impl From<Work> for Planned {
    fn from(work: Work) -> Planned {
        Planned { work, nodes: Vec::new(), force: false, run_commands: false }
    }
}

/// A phase that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhaseDone {
    pub phase: String,
    /// Counted from 1.
    pub number: usize,
    pub revision: Revision,
    /// How many keys it has changed.
    pub changed: usize,
}

/// How an operation has ended, or where it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    pub operation: String,
    pub cluster: String,
    /// The words that began it: `scale out`.
    pub kind: &'static str,
    pub state: State,
    pub revision: Revision,
    /// The phases that were done by this call.
    pub phases: Vec<PhaseDone>,
    /// The phase that comes next, when it is held.
    pub next: Option<String>,
    pub nodes: Vec<Node>,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Done,
    /// In flight, on purpose.
    Held,
    /// Everything is as it was before.
    Undone,
}

/// Begins an operation and goes through its phases.
///
/// `Invalid` when it is to be held at a phase that it does not have; `Conflict`
/// when another one is in flight on the cluster. When a phase fails before
/// anything is written, nothing is in flight; later ones leave it in flight, but
/// a failed command of a node or a failed assertion undoes it.
pub async fn begin(
    view: &View,
    cluster: &str,
    planned: impl Into<Planned>,
    how: &How<'_>,
    note: Note,
) -> Result<Ended> {
    busy::refuse(view, cluster).await?;
    let operation = operation(view, cluster, planned.into(), &note).await?;
    let hold_at = hold_at(&how.hold, &operation)?;
    let mut held = Held::new(view, operation, note);
    go(&mut held, hold_at.as_deref(), how).await
}

/// An operation that nobody has begun.
pub(super) async fn operation(
    view: &View,
    cluster: &str,
    planned: Planned,
    note: &Note,
) -> Result<Operation> {
    let Planned { work, nodes, force, run_commands } = planned;
    let mut phases = course::phases(&work, &nodes);
    if run_commands {
        let app = match &work {
            // It is the new version whose commands run.
            Work::Upgrade { new: Some(new), .. } => new.package.app()?,
            _ => commands::app(view, cluster).await?,
        };
        if force && phase::forbids_force(&work, &nodes, &app) {
            return Err(Error::invalid(
                "the app does not let users force nodes out (`allow_force` of `destroy`)",
            )
            .hint("Leave `--force` out"));
        }
        phases = phase::with_commands(&work, phases, &nodes, &app);
    }
    Ok(Operation {
        id: Draw::new(None).id("op-"),
        cluster: cluster.to_owned(),
        actor: note.actor.clone(),
        command: note.command.clone(),
        host: String::new(),
        pid: 0,
        owner: String::new(),
        started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        phases,
        done: 0,
        nodes,
        before: Vec::new(),
        run_commands,
        force,
        work,
    })
}

/// The phase after which it is to be held; `Usage` when it has none of that name.
pub(super) fn hold_at(hold: &Hold, operation: &Operation) -> Result<Option<String>> {
    let Operation { work, phases, .. } = operation;
    let name = match hold {
        Hold::Never => return Ok(None),
        Hold::Seen => course::first_seen(work).to_owned(),
        Hold::At(name) => name.clone(),
    };
    if phases.contains(&name) {
        return Ok(Some(name));
    }
    let accepted = phases.iter().map(|phase| format!("`{phase}`")).collect::<Vec<_>>().join(", ");
    Err(Error::new(
        Kind::Usage,
        format!("`{}` has no phase `{name}`; accepted are {accepted}", work.name()),
    ))
}

/// Goes through the phases that are left.
pub(super) async fn go(held: &mut Held<'_>, hold_at: Option<&str>, how: &How<'_>) -> Result<Ended> {
    let mut phases: Vec<PhaseDone> = Vec::new();
    while let Some(phase) = held.operation.next().map(str::to_owned) {
        if !phases.is_empty() && !how.delay.is_zero() {
            tokio::time::sleep(how.delay).await;
        }
        if let Some(commands) = phase::commands(&held.operation.work, &phase) {
            run_commands(held, &phase, commands, how).await?;
        }
        // Until the last check there is something to undo.
        let moved = held.advance(how.assert.is_some()).await?;
        let number = held.operation.done;
        let done = PhaseDone { phase, number, revision: moved.revision, changed: moved.changed };
        (how.tell)(&held.operation, &done);
        if let Some(command) = &how.assert
            && let Err(failed) = assertion::check(held.view, command, &held.operation, &done).await
        {
            return Err(undone(held, failed).await);
        }
        let stop = hold_at == Some(done.phase.as_str());
        phases.push(done);
        if stop && held.operation.next().is_some() {
            return Ok(ended(held, State::Held, phases));
        }
    }
    if how.assert.is_some() || phases.is_empty() {
        held.close().await?;
    }
    Ok(ended(held, State::Done, phases))
}

/// Has the nodes run what belongs to the next phase; the operation is undone
/// when one of them fails.
async fn run_commands(
    held: &mut Held<'_>,
    phase: &str,
    commands: Commands,
    how: &How<'_>,
) -> Result<()> {
    held.begin().await?;
    let note = held.note(phase);
    let (view, operation) = (held.view, &held.operation);
    match commands::run(view, operation, phase, commands, how.waiting, note).await {
        Err(failed) if failed.kind() == Kind::Failed => {
            let note = held.note(phase);
            commands::cancel(held.view, &held.operation, note).await?;
            Err(undone(held, failed).await)
        }
        other => other,
    }
}

/// Undoes what a command or an assertion has not accepted; the error says what became of it.
async fn undone(held: &mut Held<'_>, failed: Error) -> Error {
    let cluster = &held.operation.cluster.clone();
    let name = held.operation.work.name();
    match held.undo().await {
        Ok(moved) => {
            // Its commands are all that there was.
            let ended = match held.operation.work {
                Work::Create | Work::Delete => "was given up",
                _ => "was undone",
            };
            let revision = moved.revision;
            failed.within(format!("`{name}` on cluster `{cluster}` {ended} at revision {revision}"))
        }
        Err(error) if held.operation.next().is_none() && held.close().await.is_ok() => {
            failed.within(format!("`{name}` on cluster `{cluster}` is done: {error}"))
        }
        Err(error) => failed
            .within(format!("`{name}` on cluster `{cluster}` could not be undone: {error}"))
            .hint(format!("See where it stands: `metactl scale status --cluster {cluster}`")),
    }
}

pub(super) fn ended(held: &Held<'_>, state: State, phases: Vec<PhaseDone>) -> Ended {
    let operation = &held.operation;
    Ended {
        operation: operation.id.clone(),
        cluster: operation.cluster.clone(),
        kind: operation.work.name(),
        state,
        revision: phases.last().map_or(0, |phase| phase.revision),
        phases,
        next: operation.next().filter(|_| state == State::Held).map(str::to_owned),
        nodes: operation.nodes.clone(),
    }
}
