//! Ending what is in flight, whoever has begun it.

use super::commands;
use super::drive::{self, Ended, How, State};
use super::record::{self, Held};
use crate::error::{Error, Result};
use crate::ops::view::View;
use crate::store::Note;

/// Goes through the phases that are left. Whoever held the operation, alive or
/// not, no longer does.
///
/// `NotFound` when none is in flight on the cluster, `Usage` when it has no
/// phase at which it is to be held.
pub async fn finish(view: &View, cluster: &str, how: &How<'_>, note: Note) -> Result<Ended> {
    let there = record::read(view, cluster).await?;
    let (operation, _) = there.ok_or_else(|| nothing(cluster))?;
    let hold_at = drive::hold_at(&how.hold, &operation)?;
    let held = Held::take_over(view, cluster, note).await?;
    let mut held = held.ok_or_else(|| nothing(cluster))?;
    drive::go(&mut held, hold_at.as_deref(), how).await
}

/// Undoes the operation in one commit: what it has written itself, where nobody
/// has changed it since. `NotFound` as of [`finish`].
pub async fn abort(view: &View, cluster: &str, note: Note) -> Result<Ended> {
    let held = Held::take_over(view, cluster, note).await?;
    let mut held = held.ok_or_else(|| nothing(cluster))?;
    let note = held.note("abort");
    commands::cancel(view, &held.operation, note).await?;
    let moved = held.undo().await?;
    let mut ended = drive::ended(&held, State::Undone, Vec::new());
    ended.revision = moved.revision;
    Ok(ended)
}

fn nothing(cluster: &str) -> Error {
    Error::not_found(format!("no operation is in flight on cluster `{cluster}`"))
}
