//! Takes a command for this agent: whoever writes its record first runs it.

use super::report::again;
use super::serve::Me;
use super::slot::Slot;
use crate::error::{Error, Kind, Result};
use crate::model::command::{Fate, Runner, State, Target, order};
use crate::ops::command::adopt::{Found, adopt};
use crate::ops::command::records;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Revision, What, reading};

/// What came of it.
pub(super) enum Claim {
    /// It is this agent's; the record as it is now, and since when.
    Own(Fate, Revision),
    /// Another agent runs it.
    Taken(Runner),
    /// It has ended, or was cancelled.
    Over,
}

/// Claims a command as running. At most one agent gets it, however often and by
/// however many it is tried.
///
/// A command that nobody has a record of, as other programs send them, gets one
/// with its claim. `Invalid` when its id can be no key.
pub(super) async fn claim(view: &View, me: &Me, slot: &Slot) -> Result<Claim> {
    let path = order::fate(&slot.id, &me.node_id)?;
    if slot.id.starts_with("cl-") || slot.id == "output" {
        return Err(Error::invalid(format!("`{}` is no id of a command", slot.id)));
    }
    loop {
        let what = [What::Key(path.clone()), What::Key(order::path(&slot.id)?)];
        let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
        let found = entries.iter().find(|entry| entry.path == path);
        let before = found.map(|entry| Fate::read(&entry.value)).transpose()?.unwrap_or_default();
        match (before.state, &before.agent) {
            (State::Pending, _) => {}
            // A commit of our own whose answer was lost.
            (State::Running, Some(runner)) if runner.token == me.runner.token => {
                return Ok(Claim::Own(before, revision));
            }
            (State::Running, runner) => {
                return Ok(Claim::Taken(runner.clone().unwrap_or_default()));
            }
            _ => return Ok(Claim::Over),
        }
        let fate = Fate {
            state: State::Running,
            started: Some(records::now()),
            agent: Some(me.runner.clone()),
            ..before
        };
        let mut changes = Changes::new();
        changes.put(&path, &fate.write());
        let mut guards =
            vec![Guard::Revision(path.clone(), found.map_or(0, |one| one.mod_revision))];
        if !me.by_service && !entries.iter().any(|entry| entry.path != path) {
            guards.push(record(view, me, slot, &mut changes).await?);
        }
        let commit = Commit { guards, changes, note: again(&me.note) };
        match view.store().commit(&commit).await {
            Ok(outcome) => return Ok(Claim::Own(fate, outcome.revision)),
            Err(error) if error.kind() == Kind::Conflict => {
                // Somebody was faster, with this command or with another one of the list.
                tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(1..20))).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The record of a command that another program has put into the slot.
async fn record(view: &View, me: &Me, slot: &Slot, changes: &mut Changes) -> Result<Guard> {
    let node = view.node(&me.ip).await?;
    let target = Target {
        node_id: me.node_id.clone(),
        instance_id: node.instance_id,
        role: node.role.unwrap_or_default(),
        ip: node.ip,
        sid: 0,
    };
    let found = Found {
        id: slot.id.clone(),
        command: slot.command.clone(),
        timeout: slot.timeout,
        cluster: node.cluster,
        node: target,
    };
    adopt(view, found, changes).await
}
