//! The app's commands when a cluster is made, and before it goes.

use std::time::Duration;

use crate::commands::scale::phases::{self, Pace};
use crate::error::Result;
use crate::model::operation::Work;
use crate::ops::cluster::commands;
use crate::ops::operation::drive;
use crate::ops::view::View;
use crate::session::Session;

/// Has all nodes run what belongs to `work`, and waits for it.
pub async fn run(
    session: &Session,
    view: &View,
    cluster: &str,
    work: Work,
    force: bool,
    patience: Duration,
) -> Result<()> {
    let note = session.note(format!("{} {cluster}", work.name()));
    let planned = commands::plan(view, cluster, work, force).await?;
    let pace = Pace { patience, ..Pace::default() };
    phases::run(session, cluster, pace, async |how| {
        drive::begin(view, cluster, planned, &how, note).await
    })
    .await?;
    Ok(())
}
