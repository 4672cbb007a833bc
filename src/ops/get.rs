//! What is at some paths, with what `get` can add to it.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::tree::Order;
use crate::ops::read::{self, Answer, Content, Entry};
use crate::ops::view::{View, fixed};
use crate::ops::{effective, endpoint};
use crate::store::{At, LeaseId, Revision};

/// What to read and how.
#[derive(Debug, Clone)]
pub struct Request {
    pub paths: Vec<Path>,
    /// The state right after that revision; none for the newest.
    pub revision: Option<Revision>,
    /// How directories are sorted.
    pub order: Order,
    /// Stands for what is absent; without it that is an error.
    pub default: Option<String>,
    /// Whether references of endpoints' ports become numbers.
    pub resolve_ports: bool,
    /// Whether an instance's attributes are completed by its project's.
    pub or_project: bool,
}

impl Request {
    /// A request for nothing yet.
    pub fn new(order: Order) -> Request {
        Request {
            paths: Vec::new(),
            revision: None,
            order,
            default: None,
            resolve_ports: false,
            or_project: false,
        }
    }
}

/// Leaves with their revisions.
#[derive(Debug, Clone, Serialize)]
pub struct Described {
    pub revision: Revision,
    pub entries: Vec<DescribedEntry>,
}

/// One leaf, its revisions and its time to live.
#[derive(Debug, Clone, Serialize)]
pub struct DescribedEntry {
    #[serde(flatten)]
    pub entry: Entry,
    /// When it runs out, in RFC 3339; none for a key that stays.
    pub expires: Option<String>,
}

/// Reads what is at the paths, all of one revision.
///
/// `NotFound` for the first path with nothing there, unless there is a default;
/// else the errors of [`View::resolve`], [`endpoint::resolve_ports`] and
/// [`effective::add_projects`].
pub async fn get(view: &View, request: Request) -> Result<Answer> {
    let at = moment(request.revision);
    let mut answer = read::read(view, &request.paths, at, request.order).await?;
    if request.or_project {
        effective::add_projects(view, &mut answer, request.order).await?;
    }
    if request.resolve_ports {
        endpoint::resolve_ports(view, &mut answer, request.order).await?;
    }
    for found in &mut answer.found {
        if found.content.is_none() {
            match &request.default {
                Some(default) => found.content = Some(Content::Leaf(default.clone())),
                None => return Err(read::missing(view, &found.path, at).await),
            }
        }
    }
    Ok(answer)
}

/// Reads leaves with their revisions; `NotFound` as for [`get`], `Unsupported` where the
/// endpoint tells none.
pub async fn describe(
    view: &View,
    paths: &[Path],
    revision: Option<Revision>,
) -> Result<Described> {
    let at = moment(revision);
    let (revision, entries) = read::entries(view, paths, at).await?;
    let held = |path: &Path| entries.iter().any(|entry| path.contains(&entry.path));
    if let Some(missing) = paths.iter().find(|path| !held(path)) {
        return Err(read::missing(view, missing, at).await);
    }
    // Revisions are counted from 1; 0 stands for what the endpoint does not tell.
    if let Some(entry) = entries.iter().find(|entry| entry.mod_revision == 0) {
        let (place, path) = (view.store().place(), &entry.path);
        let message = format!("`{place}` tells the value of `{path}`, not its revisions");
        return Err(Error::new(Kind::Unsupported, message).hint(
            "The management API of `metactl serve` has them (`--manage-url URL`), under the path \
             where the value is stored",
        ));
    }
    let mut known: HashMap<LeaseId, Option<String>> = HashMap::new();
    let mut described = Vec::with_capacity(entries.len());
    for entry in entries {
        let expires = match entry.lease {
            None => None,
            Some(lease) => match known.get(&lease) {
                Some(expires) => expires.clone(),
                None => {
                    let expires = view.store().lease(lease).await?.and_then(|lease| {
                        Some(jiff::Timestamp::try_from(lease.expires).ok()?.to_string())
                    });
                    known.insert(lease, expires.clone());
                    expires
                }
            },
        };
        described.push(DescribedEntry { entry, expires });
    }
    Ok(Described { revision, entries: described })
}

fn moment(revision: Option<Revision>) -> At {
    revision.map_or(At::Latest, fixed)
}
