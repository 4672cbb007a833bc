//! The app's commands at the two ends of a cluster's life.

use crate::error::Result;
use crate::model::operation::Work;
use crate::ops::operation::drive::Planned;
use crate::ops::scale::ground;
use crate::ops::view::View;

/// An operation of commands alone on all nodes of a cluster: those of a new one
/// ([`Work::Create`]), or of one that is to go ([`Work::Delete`]). With `force`
/// it goes on when the latter fail. `NotFound` when there is no such cluster.
pub async fn plan(view: &View, cluster: &str, work: Work, force: bool) -> Result<Planned> {
    let ground = ground::survey(view, cluster).await?;
    let nodes = ground.present.hosts.iter().map(|host| host.node()).collect();
    Ok(Planned { work, nodes, force, run_commands: true })
}
