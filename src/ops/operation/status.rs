//! Where an operation stands.

use serde::Serialize;

use super::{record, who};
use crate::error::Result;
use crate::model::operation::Node;
use crate::ops::cluster::guards;
use crate::ops::cluster::show;
use crate::ops::view::View;
use crate::store::Revision;

/// An operation in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub operation: String,
    pub cluster: String,
    /// The words that began it: `scale out`.
    pub kind: &'static str,
    pub actor: String,
    pub command: String,
    pub host: String,
    pub pid: u32,
    /// Whether that process runs; none when it is on another machine.
    pub alive: Option<bool>,
    pub started: String,
    /// When its last phase was written.
    pub revision: Revision,
    pub phases: Vec<Phase>,
    pub nodes: Vec<Node>,
}

/// One of its phases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phase {
    pub phase: String,
    pub done: bool,
}

/// The operation in flight on a cluster, if there is one. `NotFound` when there
/// is no such cluster.
pub async fn of(view: &View, cluster: &str) -> Result<Option<Standing>> {
    let Some((operation, revision)) = record::read(view, cluster).await? else {
        if guards::exists(view, &view.scope().cluster_root.child(cluster)?).await? {
            return Ok(None);
        }
        return Err(show::missing(cluster));
    };
    let alive = who::is_alive(&operation);
    let kind = operation.work.name();
    let phase = |(index, phase)| Phase { phase, done: index < operation.done };
    Ok(Some(Standing {
        alive,
        kind,
        revision,
        phases: operation.phases.into_iter().enumerate().map(phase).collect(),
        operation: operation.id,
        cluster: operation.cluster,
        actor: operation.actor,
        command: operation.command,
        host: operation.host,
        pid: operation.pid,
        started: operation.started,
        nodes: operation.nodes,
    }))
}
