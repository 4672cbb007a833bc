//! [`Http`], and what it answers to each method of the contract.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::mode::Mode;
use super::options::HttpOptions;
use super::part::Part;
use super::poll;
use super::seen::{Seen, is_own};
use crate::client::link::{Ask, Fault, Link};
use crate::client::options::{LinkOptions, Place};
use crate::client::wire::{self, StatusTaken};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::selfview::is_hidden;
use crate::store::watching::Past;
use crate::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What,
};

/// The tree in a metadata service; cheap to clone.
#[derive(Clone)]
pub struct Http(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) metadata: Link,
    pub(super) manage: Link,
    pub(super) manage_is_named: bool,
    pub(super) mode: OnceCell<Mode>,
    /// The newest revision that an answer of the management API told.
    seen: AtomicU64,
    /// What the metadata API showed last: a watch begins with it.
    last: Mutex<Option<Seen>>,
}

impl Http {
    /// Prepares the way to the service; the first call connects. `Usage` for
    /// certificates and tokens that cannot be.
    pub fn open(options: &HttpOptions) -> Result<Http> {
        let link = |place: &Place, token: &Option<String>| {
            Link::new(&LinkOptions {
                place: place.clone(),
                tls: options.tls.clone(),
                token: token.clone(),
                timeout: options.timeout,
            })
        };
        Ok(Http(Arc::new(Inner {
            metadata: link(&options.metadata, &None)?,
            manage: link(&options.manage, &options.token)?,
            manage_is_named: options.manage_is_named,
            mode: OnceCell::new(),
            seen: AtomicU64::new(0),
            last: Mutex::new(None),
        })))
    }
}

/// Whom to ask.
enum Way {
    /// The metadata API.
    View,
    /// The management API of a metad.
    Metad,
    /// That of `metactl serve`.
    Store,
}

impl Inner {
    /// What the metadata API showed last.
    pub(super) fn last_seen(&self) -> Option<Seen> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what the metadata API shows.
    pub(super) fn keep(&self, seen: &Seen) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen.clone());
    }

    /// Whom to ask: the metadata API for the caller's own view, and for everything
    /// that its rules let through where there is no other way.
    async fn way<'a>(&self, paths: impl IntoIterator<Item = &'a Path>) -> Result<Way> {
        let mut hidden = None;
        for path in paths {
            if is_own(path) {
                return Ok(Way::View);
            }
            if is_hidden(path.as_str()) {
                hidden = Some(path);
            }
        }
        match (self.mode().await?, hidden) {
            (Mode::Full, _) => Ok(Way::Store),
            (Mode::Metad, _) => Ok(Way::Metad),
            (Mode::View(_), None) => Ok(Way::View),
            (Mode::View(_), Some(path)) => {
                self.full(|| format!("reading `{path}`")).await.map(|()| Way::Store)
            }
        }
    }

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
        self.0.metadata.place().to_string()
    }

    fn has_own_view(&self) -> bool {
        true
    }

    fn of_node(&self) -> Option<Arc<dyn Store>> {
        Some(self.for_node())
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        match self.0.way(what.iter().map(What::path)).await? {
            Way::View => self.0.read_view(what, at, sink).await,
            Way::Metad => self.0.read_managed(what, at, sink).await,
            Way::Store => self.0.read_all(what, at, sink).await,
        }
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        match self.0.way([directory]).await? {
            Way::View => return self.0.names_in_view(directory, at).await,
            Way::Metad => return self.0.names_managed(directory, at).await,
            Way::Store => {}
        }
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

    async fn takes_conditions(&self) -> Result<bool> {
        Ok(!matches!(self.0.mode().await?, Mode::Metad))
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        if let Mode::Metad = self.0.mode().await? {
            return self.0.commit_managed(commit).await;
        }
        self.0.full(|| "writing".to_owned()).await?;
        self.0.commit_all(commit).await
    }

    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        self.0.full(|| "looking for a commit".to_owned()).await?;
        let after = after.to_string();
        let ask = Ask::get(target("/v1/made", &[("operation", operation), ("after", &after)]));
        let answer: wire::Made = self.0.ask(self.0.manage.deadline(), &ask).await?;
        Ok(answer.made)
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        match self.0.way(subtrees).await? {
            Way::View => poll::watch(&self.0, subtrees, after, None),
            Way::Metad => match Part::of_all(subtrees) {
                Some(part) => poll::watch(&self.0, subtrees, after, Some(part)),
                None => Err(self.0.beyond_metad("watching data, mapping and rules at once")),
            },
            Way::Store => Ok(self.watch_all(subtrees, after, Past::Told)),
        }
    }

    async fn follow(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        match self.0.way(subtrees).await? {
            Way::Store => Ok(self.watch_all(subtrees, after, Past::Untold)),
            Way::View | Way::Metad => self.watch(subtrees, after).await,
        }
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.0.full(|| "granting a lease".to_owned()).await?;
        self.0.grant_lease(ttl).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.0.full(|| "renewing a lease".to_owned()).await?;
        self.0.renew_lease(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.0.full(|| "revoking a lease".to_owned()).await?;
        self.0.revoke_lease(lease).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.0.full(|| "looking for a lease".to_owned()).await?;
        self.0.find_lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.0.full(|| "compacting".to_owned()).await?;
        let body = encoded(&wire::Compact { revision })?;
        let ask = Ask::json(reqwest::Method::POST, "/v1/compact", body);
        self.0.manage.call(self.0.manage.deadline(), &ask).await?;
        Ok(())
    }

    async fn status(&self) -> Result<Status> {
        self.0.full(|| "the status".to_owned()).await?;
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
