//! [`Etcd`], and what it answers to each method of the contract.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::fault::Fault;
use super::layout::Layout;
use super::limits::Limits;
use super::link::Link;
use super::options::EtcdOptions;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::watching::Past;
use crate::store::{
    At, Commit, Lease, LeaseId, Name, Outcome, Revision, Sink, Status, Store, Watch, What,
    refusals, round_ttl,
};

/// The tree in an etcd; cheap to clone.
#[derive(Clone)]
pub struct Etcd {
    pub(super) link: Arc<Link>,
    pub(super) layout: Layout,
    pub(super) limits: Arc<Limits>,
    tls: bool,
}

impl Etcd {
    /// Prepares the way to the servers; the first call that needs one connects.
    /// `Usage` for addresses, prefixes and certificates that cannot be.
    pub fn open(options: &EtcdOptions) -> Result<Etcd> {
        Ok(Etcd {
            layout: Layout::new(options.prefix.as_ref())?,
            link: Arc::new(Link::new(options)?),
            limits: Arc::default(),
            tls: options.tls.is_some(),
        })
    }

    /// The failure of a read, told with what was asked for.
    async fn tell_read(&self, fault: Fault, at: At, doing: impl FnOnce() -> String) -> Error {
        match (fault, at) {
            (Fault::Sink(error), _) => error,
            (Fault::Compacted, At::Revision(revision)) => match self.oldest().await {
                Ok(oldest) => refusals::compacted(revision, oldest),
                Err(fault) => self.link.tell(fault, doing),
            },
            (Fault::Compacted, At::Latest) => Error::new(
                Kind::Compacted,
                "the revision that was being read was compacted meanwhile",
            )
            .retryable(),
            (Fault::Future, At::Revision(revision)) => match self.revision_of(None).await {
                Ok(newest) => refusals::future(revision, newest),
                Err(fault) => self.link.tell(fault, doing),
            },
            (fault, _) => self.link.tell(fault, doing),
        }
    }
}

/// The revision to ask for; none is the newest one.
pub(super) fn pinned(at: At) -> Result<Option<Revision>, Fault> {
    match at {
        At::Latest => Ok(None),
        // etcd takes 0 for the newest; nothing was ever kept of it.
        At::Revision(0) => Err(Fault::Compacted),
        At::Revision(revision) => Ok(Some(revision)),
    }
}

fn asked(what: &[What]) -> String {
    let path = |what: &What| match what {
        What::Key(path) | What::Subtree(path) | What::All(path) => format!("`{path}`"),
    };
    match what {
        [] => "reading the newest revision".to_owned(),
        [one] => format!("reading {}", path(one)),
        [first, rest @ ..] => format!("reading {} and {} more", path(first), rest.len()),
    }
}

#[async_trait]
impl Store for Etcd {
    fn place(&self) -> String {
        let scheme = if self.tls { "etcds" } else { "etcd" };
        format!("{scheme}://{}{}", self.link.addresses(), self.layout.prefix())
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        match self.read_all(what, at, sink).await {
            Ok(revision) => Ok(revision),
            Err(fault) => Err(self.tell_read(fault, at, || asked(what)).await),
        }
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        match self.names_of(directory, at).await {
            Ok(names) => Ok(names),
            Err(fault) => Err(self.tell_read(fault, at, || format!("listing `{directory}`")).await),
        }
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.commit_all(commit).await
    }

    async fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        self.find_made(operation, after).await
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        Ok(self.watch_all(subtrees, after, Past::Told))
    }

    async fn follow(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        Ok(self.watch_all(subtrees, after, Past::Untold))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        self.grant_lease(round_ttl(ttl)).await
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        self.renew_lease(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.revoke_lease(lease).await
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        self.find_lease(lease).await
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.compact_to(revision).await
    }

    async fn status(&self) -> Result<Status> {
        self.state().await
    }
}
