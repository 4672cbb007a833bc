//! `/self/_agent/cmd/ID`: the record of one command on the node, for what is no agent of ours.

use serde::{Deserialize, Serialize};

use super::allowed::{self, Record};
use super::me::Me;
use super::records;
use crate::error::{Error, Result};
use crate::model::command::{Fate, State, order};
use crate::model::path::Path;
use crate::ops::command::records::now;
use crate::serve::app::App;
use crate::store::{Changes, Commit, Guard, Revision, What};

/// What is told of a command.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    revision: Revision,
    #[serde(flatten)]
    fate: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<String>,
}

/// What a node says of a command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    state: State,
    #[serde(default)]
    exit: Option<i32>,
    /// The end of what it has printed.
    #[serde(default)]
    tail: Option<String>,
    /// How many bytes that were in all.
    #[serde(default)]
    printed: Option<u64>,
    #[serde(default)]
    note: Option<String>,
}

struct Places {
    fate: Path,
    output: Path,
}

impl Places {
    fn of(id: &str, me: &Me) -> Result<Places> {
        let node = &me.own.node_id;
        let places =
            Places { fate: order::fate(id, node)?, output: order::outputs(id)?.child(node)? };
        match allowed::record(&places.fate, &me.own) {
            Some(Record::Fate(_)) => Ok(places),
            _ => Err(allowed::foreign(id)),
        }
    }
}

pub(super) async fn show(app: &App, me: &Me, id: &str) -> Result<Shown> {
    let places = Places::of(id, me)?;
    let what = vec![What::Key(places.fate.clone()), What::Key(places.output)];
    let (revision, entries) = records::look(app, me, what).await?;
    let (mut fate, mut tail) = (None, None);
    for entry in entries {
        match entry.path == places.fate {
            true => fate = Some(Fate::read(&entry.value)?),
            false => tail = Some(entry.value),
        }
    }
    let unknown = || Error::not_found(format!("this node has no command `{}`", id.escape_debug()));
    Ok(Shown { revision, fate: fate.ok_or_else(unknown)?, tail })
}

/// Writes that it has begun, which succeeds once, or how it has ended.
pub(super) async fn report(app: &App, me: &Me, id: &str, report: Report) -> Result<Revision> {
    let places = Places::of(id, me)?;
    let (_, entries) = records::look(app, me, vec![What::Key(places.fate.clone())]).await?;
    let entry = entries.first();
    let before = entry.map(|entry| Fate::read(&entry.value)).transpose()?.unwrap_or_default();
    let fate = after(id, &before, &report)?;
    let mut changes = Changes::new();
    changes.put(&places.fate, &fate.write());
    if let Some(tail) = report.tail.filter(|tail| !tail.is_empty()) {
        changes.put(&places.output, &tail);
    }
    let revision = entry.map_or(0, |entry| entry.mod_revision);
    let guards = vec![Guard::Revision(places.fate, revision)];
    let commit = Commit { guards, changes, ..Commit::default() };
    Ok(records::commit(app, me, commit, None).await?.revision)
}

/// The record after that.
fn after(id: &str, before: &Fate, report: &Report) -> Result<Fate> {
    let state = report.state;
    let at_work = before.agent.as_ref();
    let refused = match (before.state, state) {
        (_, State::Pending) => Some("a node does not make a command wait again".to_owned()),
        (State::Pending, State::Running) => None,
        (State::Pending, _) => Some("it has not begun: say `running` first".to_owned()),
        (State::Running, State::Running) => Some("it runs already".to_owned()),
        (State::Running, _) => {
            at_work.map(|runner| format!("an agent, process {}, is at it", runner.pid))
        }
        (over, _) => Some(format!("it is `{}`", over.name())),
    };
    if let Some(why) = refused {
        let id = id.escape_debug();
        return Err(Error::conflict(format!("command `{id}` cannot be `{}`: {why}", state.name())));
    }
    let over = state.is_over();
    Ok(Fate {
        state,
        exit: report.exit.filter(|_| over),
        started: before.started.clone().or_else(|| Some(now())),
        finished: over.then(now),
        printed: report.printed.or(report.tail.as_ref().map(|tail| tail.len() as u64)),
        note: report.note.clone(),
        ..before.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::command::Runner;

    fn say(before: &Fate, state: State) -> Result<Fate> {
        let report = Report { state, exit: Some(3), tail: None, printed: None, note: None };
        after("cmd-a", before, &report)
    }

    #[test]
    fn a_command_begins_once_and_ends_once() {
        let pending = Fate::pending(Some("then".to_owned()));
        assert!(say(&pending, State::Pending).is_err());
        assert!(say(&pending, State::Done).is_err());
        let running = say(&pending, State::Running).unwrap();
        assert_eq!((running.exit, running.finished.is_none()), (None, true));
        assert!(say(&running, State::Running).is_err());
        let done = say(&running, State::Done).unwrap();
        assert_eq!((done.exit, &done.started), (Some(3), &running.started));
        assert_eq!(done.sent.as_deref(), Some("then"));
        assert!(say(&done, State::Running).is_err() && say(&done, State::Lost).is_err());
        let agents = Fate { agent: Some(Runner::default()), ..running };
        assert!(say(&agents, State::Done).is_err());
    }
}
