//! The tree as the metadata API shows it to this machine: `/self`, and what the
//! access rules let through.

use tokio::time::Instant;

use super::part::encoded;
use super::seen::{Seen, common};
use super::store::Inner;
use crate::client::link::{Ask, Fault};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{At, Item, Name, Revision, Sink, What};

impl Inner {
    /// [`Store::read`](crate::store::Store::read), by one request for all of it.
    pub(super) async fn read_view(
        &self,
        what: &[What],
        at: At,
        sink: Sink<'_>,
    ) -> Result<Revision> {
        let seen = self.see(&common(what.iter().map(What::path)), at).await?;
        for what in what {
            for (path, value) in seen.of(what) {
                let path = path.as_str();
                sink(Item { path, value, create_revision: 0, mod_revision: 0, lease: None })?;
            }
        }
        Ok(seen.version)
    }

    /// [`Store::names`](crate::store::Store::names).
    pub(super) async fn names_in_view(
        &self,
        directory: &Path,
        at: At,
    ) -> Result<(Revision, Vec<Name>)> {
        let seen = self.see(directory, at).await?;
        Ok((seen.version, seen.names(directory)))
    }

    /// What is at and below `top`. Of the past only what was read last is known.
    async fn see(&self, top: &Path, at: At) -> Result<Seen> {
        if let At::Revision(revision) = at {
            let last = self.last_seen();
            return last
                .filter(|seen| seen.version == revision && seen.top.contains(top))
                .ok_or_else(|| {
                    let message =
                        format!("a metadata API shows the present only, not revision `{revision}`");
                    Error::new(Kind::Unsupported, message)
                        .hint("Name the management API, if you may use it: `--manage-url URL`")
                });
        }
        let deadline = self.metadata.deadline();
        let seen = self.look(top, None, deadline).await?;
        self.keep(&seen);
        Ok(seen)
    }

    /// Asks for `top`, with that query, until somebody answers.
    async fn look(
        &self,
        top: &Path,
        query: Option<&str>,
        deadline: Instant,
    ) -> Result<Seen, Fault> {
        let mut turns = self.metadata.turns(deadline);
        loop {
            let (server, until) = turns.now();
            match self.look_once(top, query, server, until).await {
                Err(fault @ Fault::Away { .. }) => turns.next(fault).await?,
                seen => return seen,
            }
        }
    }

    /// [`Inner::look`] at one server, once.
    pub(super) async fn look_once(
        &self,
        top: &Path,
        query: Option<&str>,
        server: usize,
        until: Instant,
    ) -> Result<Seen, Fault> {
        let mut target = encoded(top.as_str());
        if let Some(query) = query {
            target = format!("{target}?{query}");
        }
        let link = &self.metadata;
        match link.begin(server, until, &Ask::get(target)).await {
            Ok(response) => {
                let answer = link.whole(response, until).await?;
                let version = answer.version.unwrap_or_default();
                Seen::read(top, version, &answer.body).map_err(|error| link.garbled(error))
            }
            Err(Fault::Refused { status: 404, version, .. }) => {
                Ok(Seen::nothing(top, version.unwrap_or_default()))
            }
            Err(fault) => Err(fault),
        }
    }
}
