//! A service to the agent of a node: where the management API is not open to this
//! machine, the node's own records are read and written by what `metactl serve
//! --node-writes` takes of nodes on its metadata address.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde::de::DeserializeOwned;

use super::mode::Mode;
use super::store::{Http, encoded};
use crate::client::link::{Ask, Fault, jittered};
use crate::client::wire::{Grant, LeaseTold, Read, ReadLine, millis};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::selfview::is_hidden;
use crate::store::reading::Entry;
use crate::store::{
    At, Changed, Commit, Event, Lease, LeaseId, Name, Outcome, OwnNode, Revised, Revision, Sink,
    Status, Store, Watch, What,
};

/// Where it is.
const DESK: &str = "/self/_agent";
/// How often it is looked whether a record has changed, which happens only while a
/// command runs.
const EVERY: Duration = Duration::from_secs(2);

/// The service as the agent of a node has it.
#[derive(Clone)]
pub(super) struct OfNode(pub(super) Http);

impl OfNode {
    /// Whether the service takes everything from this machine.
    async fn is_full(&self) -> Result<bool> {
        Ok(matches!(self.0.0.mode().await?, Mode::Full))
    }

    /// One request that does no harm when it is made twice.
    async fn ask<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T> {
        let link = &self.0.0.metadata;
        let answer = link.call(link.deadline(), ask).await.map_err(told)?;
        Ok(serde_json::from_slice(&answer.body).map_err(|error| link.garbled(error))?)
    }

    /// Those records that are there.
    async fn records(&self, what: &[What]) -> Result<(Revision, Vec<Entry>)> {
        let link = &self.0.0.metadata;
        let body = encoded(&Read::new(what, At::Latest))?;
        let ask = Ask::json(Method::POST, format!("{DESK}/read"), body);
        let answer = link.call(link.deadline(), &ask).await.map_err(told)?;
        let mut entries = Vec::new();
        for line in answer.body.split(|byte| *byte == b'\n') {
            let line: ReadLine<'_> =
                serde_json::from_slice(line).map_err(|error| link.garbled(error))?;
            if let Some(revision) = line.revision {
                return Ok((revision, entries));
            }
            entries.extend(line.item().to_entry());
        }
        Err(link.away("the answer was cut off"))
    }
}

/// A refusal in the service's words, if it knows what was asked.
fn told(fault: Fault) -> Error {
    match fault {
        Fault::Refused { failure, .. } if failure.kind.is_none() => {
            let message = "the service takes nothing from the nodes themselves";
            Error::new(Kind::Unsupported, message)
                .because(failure.message)
                .hint("Serve with `metactl serve --node-writes`")
                .hint("Or name the management API, if you may use it: `--manage-url URL`")
        }
        fault => fault.into(),
    }
}

fn path_of(what: &What) -> &Path {
    match what {
        What::Key(path) | What::Subtree(path) | What::All(path) => path,
    }
}

fn at_lease(id: LeaseId) -> String {
    format!("{DESK}/leases/{id}")
}

#[async_trait]
impl Store for OfNode {
    fn place(&self) -> String {
        self.0.place()
    }

    fn has_own_view(&self) -> bool {
        true
    }

    async fn own_node(&self) -> Result<Option<OwnNode>> {
        match self.is_full().await? {
            true => Ok(None),
            false => self.ask(&Ask::get(DESK)).await.map(Some),
        }
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let is_record = !what.is_empty() && what.iter().all(|one| is_hidden(path_of(one).as_str()));
        if !is_record || at != At::Latest || self.is_full().await? {
            return self.0.read(what, at, sink).await;
        }
        let (revision, entries) = self.records(what).await?;
        for entry in &entries {
            sink(entry.as_item())?;
        }
        Ok(revision)
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        self.0.names(directory, at).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        if self.is_full().await? {
            return self.0.commit(commit).await;
        }
        let (before, _) = self.records(&[]).await?;
        let service = &self.0.0;
        let done = service.commit_at(&service.metadata, "/self/_agent/commit", commit, before);
        done.await.map_err(told)
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        let is_record = subtrees.iter().all(|path| is_hidden(path.as_str()));
        if !is_record || self.is_full().await? {
            return self.0.watch(subtrees, after).await;
        }
        let what = subtrees.iter().cloned().map(What::Key).collect();
        Ok(Box::new(Looking { service: self.clone(), what, after, away: false }))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        if self.is_full().await? {
            return self.0.grant(ttl).await;
        }
        let body = encoded(&Grant { ttl_ms: millis(ttl) })?;
        let told: LeaseTold =
            self.ask(&Ask::json(Method::POST, format!("{DESK}/leases"), body)).await?;
        Ok(told.into())
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        if self.is_full().await? {
            return self.0.renew(lease).await;
        }
        let ask = Ask { method: Method::PUT, ..Ask::get(at_lease(lease)) };
        let told: LeaseTold = self.ask(&ask).await?;
        Ok(told.into())
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        if self.is_full().await? {
            return self.0.revoke(lease).await;
        }
        let ask = Ask { method: Method::DELETE, ..Ask::get(at_lease(lease)) };
        self.ask(&ask).await.map(|_: serde_json::Value| ())
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.0.lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.0.compact(revision).await
    }

    async fn status(&self) -> Result<Status> {
        self.0.status().await
    }
}

/// Looks at records from time to time, and tells what was written there.
struct Looking {
    service: OfNode,
    what: Vec<What>,
    after: Revision,
    away: bool,
}

#[async_trait]
impl Watch for Looking {
    async fn next(&mut self) -> Result<Event> {
        loop {
            tokio::time::sleep(jittered(EVERY)).await;
            let (revision, entries) = match self.service.records(&self.what).await {
                Err(error) if error.kind() == Kind::Unavailable => {
                    if std::mem::replace(&mut self.away, true) {
                        continue;
                    }
                    return Ok(Event::Away(error));
                }
                looked => looked?,
            };
            // What has changed meanwhile is told by the next look.
            if std::mem::take(&mut self.away) {
                return Ok(Event::Back);
            }
            let new = entries.into_iter().filter(|entry| entry.mod_revision > self.after);
            let told = |Entry { path, value, lease, .. }| Changed {
                path,
                previous: None,
                value: Some(value),
                lease,
            };
            let changes: Vec<Changed> = new.map(told).collect();
            self.after = self.after.max(revision);
            if !changes.is_empty() {
                return Ok(Event::Commit(Revised { revision, note: None, changes }));
            }
        }
    }
}

impl Http {
    /// [`Store::of_node`].
    pub(super) fn for_node(&self) -> Arc<dyn Store> {
        Arc::new(OfNode(self.clone()))
    }
}
