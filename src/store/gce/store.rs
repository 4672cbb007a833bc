//! [`Gce`], and what it answers to each method of the contract.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::ask;
use super::history::{History, State};
use super::watch::Following;
use crate::client::link::{Fault, Link};
use crate::client::options::{LinkOptions, Place};
use crate::client::tls::TlsFiles;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::selfview;
use crate::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What,
};

/// What has to be known of a metadata server of Google's protocol.
#[derive(Debug, Clone)]
pub struct GceOptions {
    /// `host` or `host:port`.
    pub host: String,
    /// How long one call may take, with all its attempts.
    pub timeout: Duration,
}

/// What a metadata server of Google's protocol tells whoever asks; cheap to clone.
#[derive(Clone)]
pub struct Gce(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) link: Link,
    host: String,
    history: Mutex<History>,
}

impl Gce {
    /// Prepares the way to the server; the first call connects.
    pub fn open(options: &GceOptions) -> Result<Gce> {
        let place = Place::Hosts { hosts: vec![options.host.clone()], tls: false };
        let (tls, timeout) = (TlsFiles::default(), options.timeout);
        let link = Link::new(&LinkOptions { place, tls, token: None, timeout })?;
        let (host, history) = (options.host.clone(), Mutex::default());
        Ok(Gce(Arc::new(Inner { link, host, history })))
    }

    /// Only the server's owner changes what it tells.
    fn read_only<T>(&self, what: &str) -> Result<T> {
        let message = format!("{what}: `{}` tells its metadata and takes none", self.place());
        Err(Error::new(Kind::Unsupported, message)
            .hint("Change it where it comes from: `--endpoint http://HOST` or `etcd://HOST`"))
    }
}

impl Inner {
    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what the server tells now.
    pub(super) async fn refresh(&self) -> Result<Revision, Fault> {
        let (etag, leaves) = ask::now(&self.link).await?;
        Ok(self.history().take(etag, leaves))
    }

    async fn state(&self, at: At) -> Result<State> {
        let revision = match at {
            At::Latest => self.refresh().await?,
            At::Revision(revision) => {
                if self.history().newest().is_none() {
                    self.refresh().await?;
                }
                revision
            }
        };
        self.history().at(revision).cloned()
    }
}

/// What is told in other words under `/self` is no second part of the tree.
pub(super) fn is_self(path: &Path) -> bool {
    selfview::below_self(path).is_some()
}

#[async_trait]
impl Store for Gce {
    fn place(&self) -> String {
        format!("gce://{}", self.0.host)
    }

    fn has_own_view(&self) -> bool {
        true
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let state = self.0.state(at).await?;
        for what in what {
            let whole = matches!(what, What::Subtree(top) | What::All(top) if top.is_root());
            let meant = |path: &Path| what.covers(path) && !(whole && is_self(path));
            for (path, leaf) in state.leaves.iter().filter(|(path, _)| meant(path)) {
                sink(leaf.item(path))?;
            }
        }
        match at {
            At::Latest => Ok(state.revision),
            At::Revision(revision) => Ok(revision),
        }
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        let state = self.0.state(at).await?;
        let mut names: Vec<Name> = Vec::new();
        for path in state.leaves.keys().filter(|path| !(directory.is_root() && is_self(path))) {
            let below = directory.relative(path.as_str()).and_then(|rest| rest.strip_prefix('/'));
            let Some(below) = below else { continue };
            let (name, directory) = match below.split_once('/') {
                Some((name, _)) => (name, true),
                None => (below, false),
            };
            names.push(Name { name: name.to_owned(), directory });
        }
        names.sort();
        names.dedup();
        Ok((state.revision, names))
    }

    async fn commit(&self, _commit: &Commit) -> Result<Outcome> {
        self.read_only("writing")
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        Ok(Box::new(Following::new(Arc::clone(&self.0), subtrees, after)))
    }

    async fn grant(&self, _ttl: Duration) -> Result<Lease> {
        self.read_only("granting a time to live")
    }

    async fn renew(&self, _lease: LeaseId) -> Result<Lease> {
        self.read_only("renewing a time to live")
    }

    async fn revoke(&self, _lease: LeaseId) -> Result<()> {
        self.read_only("revoking a time to live")
    }

    async fn lease(&self, _lease: LeaseId) -> Result<Option<Lease>> {
        Ok(None)
    }

    async fn compact(&self, _revision: Revision) -> Result<()> {
        self.read_only("compacting")
    }

    async fn status(&self) -> Result<Status> {
        let state = self.0.state(At::Latest).await?;
        let size = state.leaves.iter().map(|(path, leaf)| path.as_str().len() + leaf.value.len());
        Ok(Status {
            endpoint: self.place(),
            kind: "gce",
            version: "v1".to_owned(),
            revision: state.revision,
            oldest: self.0.history().oldest(),
            keys: state.leaves.len() as u64,
            size: size.sum::<usize>() as u64,
            members: Vec::new(),
        })
    }
}
