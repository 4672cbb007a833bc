//! Tells what became of a command, however long the store is away.

use std::time::Duration;

use super::serve::Me;
use crate::error::{Error, Kind, Result};
use crate::model::command::{Fate, order};
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, reading};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// The note for one more commit.
pub(super) fn again(note: &Note) -> Note {
    let operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    Note { operation, ..note.clone() }
}

/// Does it until the store answers; the first refusal to is told.
pub(super) async fn patiently<T>(
    mut step: impl AsyncFnMut() -> Result<T>,
    mut away: impl FnMut(&Error),
) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    loop {
        match step().await {
            Err(error) if error.kind() == Kind::Unavailable => {
                if pause == FIRST_PAUSE {
                    away(&error);
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
            other => return other,
        }
    }
}

/// Writes the end of a command that this agent has run; false when its records
/// have been taken away meanwhile.
pub(super) async fn report(
    view: &View,
    me: &Me,
    id: &str,
    fate: &Fate,
    output: &str,
) -> Result<bool> {
    let path = order::fate(id, &me.node_id)?;
    loop {
        let (_, entry) = reading::get(view.store(), &path, At::Latest).await?;
        let Some(entry) = entry else { return Ok(false) };
        let there = Fate::read(&entry.value)?;
        // Whoever took this agent for dead has written `lost`, of this run still.
        if there.agent.as_ref().map(|runner| &runner.token) != Some(&me.runner.token) {
            return Ok(false);
        }
        let mut changes = Changes::new();
        changes.put(&path, &Fate { cancel: there.cancel, ..fate.clone() }.write());
        if !output.is_empty() {
            changes.put(&order::outputs(id)?.child(&me.node_id)?, output);
        }
        let guards = vec![Guard::Revision(path.clone(), entry.mod_revision)];
        match view.store().commit(&Commit { guards, changes, note: again(&me.note) }).await {
            Ok(_) => return Ok(true),
            Err(error) if error.kind() == Kind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
}
