//! Setting one leaf.

use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::ops::role_env;
use crate::ops::view::View;
use crate::store::{Changes, Commit, Guard, LeaseId, MIN_TTL, Note, Revision};

/// What to set, and on which condition.
#[derive(Debug, Clone)]
pub struct Request {
    /// As it was typed; may go through `/self`.
    pub path: Path,
    pub value: String,
    /// The leaf's newest change must be that revision; 0: there is no such leaf.
    pub if_revision: Option<Revision>,
    /// How long the leaf lives; [`MIN_TTL`] at least.
    pub ttl: Option<Duration>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Put {
    /// Where the value really went.
    pub path: Path,
    /// The commit's revision, or the store's newest one when nothing changed.
    pub revision: Revision,
    /// False when the value was there already.
    pub changed: bool,
    /// The lease that the leaf lives on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseId>,
}

/// Sets a leaf in one commit.
///
/// `Conflict` when the condition does not hold, also where the value is the
/// same, and when the path is or goes through something else; `Invalid` for
/// paths that are not written and for a time to live that is too short.
pub async fn put(view: &View, request: Request, note: Note) -> Result<Put> {
    let path = view.target(&request.path).await?;
    refuse_root(&path)?;
    if let Some(ttl) = request.ttl.filter(|ttl| *ttl < MIN_TTL) {
        return Err(Error::invalid(format!(
            "a time to live of {ttl:?} for `{path}` is too short; {} s at least are accepted",
            MIN_TTL.as_secs()
        )));
    }
    let lease = match request.ttl {
        Some(ttl) => Some(view.store().grant(ttl).await?.id),
        None => None,
    };
    let mut changes = Changes::new();
    match lease {
        Some(lease) => changes.put_with_lease(&path, &request.value, lease),
        None => changes.put(&path, &request.value),
    }
    let guards = request.if_revision.map(|revision| Guard::Revision(path.clone(), revision));
    let commit = Commit { guards: guards.into_iter().collect(), changes, note };
    match role_env::commit(view, &commit).await {
        Ok(outcome) => {
            Ok(Put { path, revision: outcome.revision, changed: outcome.changed > 0, lease })
        }
        Err(error) => {
            // An unused lease would only wait for its end.
            if let Some(lease) = lease.filter(|_| !error.can_retry()) {
                let _ = view.store().revoke(lease).await;
            }
            Err(error)
        }
    }
}

/// `Invalid` for `/`, which is a directory always.
pub(crate) fn refuse_root(path: &Path) -> Result<()> {
    if path.is_root() {
        return Err(Error::invalid("`/` is the top of the tree; a path below it is accepted"));
    }
    Ok(())
}
