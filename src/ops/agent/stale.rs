//! Commands whose agents have ended while they ran: how they went, nobody knows.

use super::report::again;
use super::serve::Me;
use super::{presence, process};
use crate::error::{Kind, Result};
use crate::model::command::{Fate, Runner, State, order};
use crate::ops::command::records;
use crate::ops::view::View;
use crate::store::reading::Entry;
use crate::store::{At, Changes, Commit, Guard, What, reading};

/// Looks through the cluster's commands for what agents of this node have left
/// running, and calls it lost; gives the ids.
pub(super) async fn bury(view: &View, me: &Me) -> Result<Vec<String>> {
    let (_, index) = reading::get(view.store(), &order::index(&me.cluster)?, At::Latest).await?;
    let ids = index.map(|index| order::ids(&index.value)).unwrap_or_default();
    let mut what = Vec::new();
    for id in &ids {
        what.push(What::Key(order::fate(id, &me.node_id)?));
    }
    if what.is_empty() {
        return Ok(Vec::new());
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let mut lost = Vec::new();
    for entry in entries {
        if call_lost(view, me, &entry).await? {
            lost.extend(entry.path.parent().and_then(|parent| parent.name().map(str::to_owned)));
        }
    }
    Ok(lost)
}

/// Looks at one command that another agent runs: lost, over, or neither.
pub(super) async fn look(view: &View, me: &Me, id: &str) -> Result<Option<State>> {
    let path = order::fate(id, &me.node_id)?;
    let (_, entry) = reading::get(view.store(), &path, At::Latest).await?;
    let Some(entry) = entry else { return Ok(Some(State::Lost)) };
    let state = Fate::read(&entry.value)?.state;
    if state.is_over() {
        return Ok(Some(state));
    }
    Ok(call_lost(view, me, &entry).await?.then_some(State::Lost))
}

async fn call_lost(view: &View, me: &Me, entry: &Entry) -> Result<bool> {
    let fate = Fate::read(&entry.value)?;
    let (State::Running, Some(runner)) = (fate.state, &fate.agent) else { return Ok(false) };
    if runner.token == me.runner.token || is_alive(view, me, runner).await? {
        return Ok(false);
    }
    let note = format!(
        "its agent, process {} on {}, has ended before it; what it started may still run",
        runner.pid, runner.host
    );
    let lost = Fate {
        state: State::Lost,
        finished: Some(records::now()),
        note: Some(note),
        ..fate.clone()
    };
    let mut changes = Changes::new();
    changes.put(&entry.path, &lost.write());
    let guards = vec![Guard::Revision(entry.path.clone(), entry.mod_revision)];
    match view.store().commit(&Commit { guards, changes, note: again(&me.note) }).await {
        Ok(_) => Ok(true),
        // It was alive after all, or another agent has said the same.
        Err(error) if error.kind() == Kind::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}

/// By its process where that can be seen, else by its leaf.
async fn is_alive(view: &View, me: &Me, runner: &Runner) -> Result<bool> {
    match process::is_alive(&me.runner, runner) {
        Some(alive) => Ok(alive),
        None => presence::is_present(view, &me.node_id, runner).await,
    }
}
