//! [`Http`], and what it answers to each method of the contract.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::options::HttpOptions;
use crate::client::link::{Ask, Fault, Link};
use crate::client::options::{LinkOptions, Place};
use crate::client::wire::{self, StatusTaken};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What,
};

/// The tree in a metadata service; cheap to clone.
#[derive(Clone)]
pub struct Http(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) manage: Link,
    metadata: Place,
    /// The newest revision that an answer told.
    seen: AtomicU64,
}

impl Http {
    /// Prepares the way to the service; the first call connects. `Usage` for
    /// certificates and tokens that cannot be.
    pub fn open(options: &HttpOptions) -> Result<Http> {
        let link = LinkOptions {
            place: options.manage.clone(),
            tls: options.tls.clone(),
            token: options.token.clone(),
            timeout: options.timeout,
        };
        let (manage, metadata) = (Link::new(&link)?, options.metadata.clone());
        Ok(Http(Arc::new(Inner { manage, metadata, seen: AtomicU64::new(0) })))
    }
}

impl Inner {
    /// Remembers that the store is at `revision`, at least.
    pub(super) fn saw(&self, revision: Revision) {
        self.seen.fetch_max(revision, Ordering::Relaxed);
    }

    /// A revision that is not newer than the store's newest.
    pub(super) async fn known_revision(&self) -> Result<Revision> {
        match self.seen.load(Ordering::Relaxed) {
            0 => self.read_all(&[], At::Latest, &mut |_| Ok(())).await,
            seen => Ok(seen),
        }
    }

    /// Makes a request that does no harm when it is made twice, and reads the JSON
    /// of the answer.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        deadline: Instant,
        ask: &Ask,
    ) -> Result<T, Fault> {
        let answer = self.manage.call(deadline, ask).await?;
        serde_json::from_slice(&answer.body).map_err(|error| self.manage.garbled(error))
    }
}

/// What is sent, as JSON.
pub(super) fn encoded(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| Error::new(Kind::Failed, "preparing a request").because(error))
}

/// A path and its query.
pub(super) fn target(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(format!("{path}?"));
    text.extend_pairs(query);
    text.finish()
}

#[async_trait]
impl Store for Http {
    fn place(&self) -> String {
        self.0.metadata.to_string()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        self.0.read_all(what, at, sink).await
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        let revision = match at {
            At::Latest => String::new(),
            At::Revision(revision) => revision.to_string(),
        };
        let mut query = vec![("path", directory.as_str())];
        if !revision.is_empty() {
            query.push(("rev", &revision));
        }
        let ask = Ask::get(target("/v1/names", &query));
        let answer: wire::Names = self.0.ask(self.0.manage.deadline(), &ask).await?;
        self.0.saw(answer.revision);
        let name = |wire::Name { name, directory }| Name { name, directory };
        Ok((answer.revision, answer.names.into_iter().map(name).collect()))
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.0.commit_all(commit).await
    }

    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        let after = after.to_string();
        let ask = Ask::get(target("/v1/made", &[("operation", operation), ("after", &after)]));
        let answer: wire::Made = self.0.ask(self.0.manage.deadline(), &ask).await?;
        Ok(answer.made)
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        Ok(self.watch_all(subtrees, after))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.0.grant_lease(ttl).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.0.renew_lease(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.0.revoke_lease(lease).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.0.find_lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        let body = encoded(&wire::Compact { revision })?;
        let ask = Ask::json(reqwest::Method::POST, "/v1/compact", body);
        self.0.manage.call(self.0.manage.deadline(), &ask).await?;
        Ok(())
    }

    async fn status(&self) -> Result<Status> {
        let ask = Ask::get("/v1/status");
        let StatusTaken { service, store } = self.0.ask(self.0.manage.deadline(), &ask).await?;
        self.0.saw(store.revision);
        Ok(Status {
            endpoint: self.place(),
            kind: "http",
            version: format!("{service} over {} {}", store.kind, store.version),
            revision: store.revision,
            oldest: store.oldest,
            keys: store.keys,
            size: store.size,
            members: store.members,
        })
    }
}
