//! Which nodes have an agent: each keeps a leaf with a time to live at
//! `/_metactl/agents/<node_id>/<token>`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::error::{Kind, Result};
use crate::model::command::Runner;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, LeaseId, Note, What, reading};

/// Where the leaves of agents are.
const AGENTS: &str = "/_metactl/agents";
/// How long a leaf outlives its agent.
const TTL: Duration = Duration::from_secs(15);
/// How often it is renewed, and tried again where that fails.
const RENEW: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(1);

/// The leaves of the agents of one node.
fn directory(node_id: &str) -> Result<Path> {
    Path::parse(AGENTS)?.child(node_id)
}

/// Those of the nodes that have an agent.
pub async fn present<'a>(
    view: &View,
    nodes: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<String>> {
    let mut what = Vec::new();
    for node_id in nodes {
        what.push(What::Subtree(directory(node_id)?));
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let node_id = |entry: reading::Entry| Some(entry.path.parent()?.name()?.to_owned());
    Ok(entries.into_iter().filter_map(node_id).collect())
}

/// Whether that agent of a node is there.
pub(super) async fn is_present(view: &View, node_id: &str, runner: &Runner) -> Result<bool> {
    let path = directory(node_id)?.child(&runner.token)?;
    Ok(reading::get(view.store(), &path, At::Latest).await?.1.is_some())
}

/// An agent's own leaf.
pub(super) struct Presence<'a> {
    pub(super) view: &'a View,
    pub(super) node_id: &'a str,
    pub(super) runner: &'a Runner,
    pub(super) note: Note,
    pub(super) lease: Option<LeaseId>,
}

impl Presence<'_> {
    /// Keeps the leaf there, for ever. To be dropped at any moment.
    pub(super) async fn keep(&mut self) {
        loop {
            let pause = match self.step().await {
                Ok(()) => RENEW,
                // The store is away, or has forgotten the lease: once more.
                Err(_) => AGAIN,
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn step(&mut self) -> Result<()> {
        if let Some(lease) = self.lease {
            match self.view.store().renew(lease).await {
                Err(error) if error.kind() == Kind::NotFound => self.lease = None,
                other => return other.map(drop),
            }
        }
        let lease = self.view.store().grant(TTL).await?.id;
        let path = directory(self.node_id)?.child(&self.runner.token)?;
        let Runner { host, pid, .. } = self.runner;
        let mut changes = Changes::new();
        changes.put_with_lease(&path, &format!("process {pid} on {host}"), lease);
        let note = super::report::again(&self.note);
        self.view.store().commit(&Commit { guards: Vec::new(), changes, note }).await?;
        self.lease = Some(lease);
        Ok(())
    }

    /// Takes it away, if the store lets it.
    pub(super) async fn end(&mut self) {
        if let Some(lease) = self.lease.take() {
            let _ = self.view.store().revoke(lease).await;
        }
    }
}
