//! A store as one asker sees it: `/self` and `links/…` lead to the real paths.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::error::{Error, Kind, Result};
use crate::model::links;
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
pub use crate::model::selfview::Piece;
use crate::model::selfview::{self, Meaning};
use crate::ops::identity::{self, Identity};
use crate::ops::node::{self, Node};
use crate::store::reading;
use crate::store::{At, Revision, Store, What};

/// Which part of the store is meant when nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The group of mappings and rules, `default` unless set.
    pub group: String,
    /// The directory that holds the clusters.
    pub cluster_root: Path,
    /// Who `/self` is: an ip, an instance id or a node id. None lets the store decide.
    pub as_id: Option<String>,
}

/// A store and who is asking; cheap to clone.
#[derive(Clone)]
pub struct View {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    scope: Scope,
    identity: OnceCell<Identity>,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// When to read the pieces, so that they fit the mapping that led to them.
    pub at: At,
    /// Sorted by `asked`, none inside another. A piece may hold nothing.
    pub pieces: Vec<Piece>,
    /// The links that were followed, and the directories of links: as long as
    /// nothing changes at or below them, the pieces are the same.
    pub depends: Vec<Path>,
}

impl View {
    /// The view of `store` that `scope` describes.
    pub fn new(store: Arc<dyn Store>, scope: Scope) -> View {
        View { inner: Arc::new(Inner { store, scope, identity: OnceCell::new() }) }
    }

    /// The store below.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// The store below, to be kept.
    pub fn shared_store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.inner.store)
    }

    /// What the view was made with.
    pub fn scope(&self) -> &Scope {
        &self.inner.scope
    }

    /// Who `/self` is; found out once. `Usage` when nothing tells.
    pub async fn identity(&self) -> Result<Identity> {
        let found = self.inner.identity.get_or_try_init(|| identity::find(self)).await?;
        Ok(found.clone())
    }

    /// The node that an instance id, a node id or an ip names, or `self`.
    /// `NotFound` when no mapping leads to it.
    pub async fn node(&self, id: &str) -> Result<Node> {
        node::find(self, id).await
    }

    /// What a typed path stands for: follows `/self` by the asker's mapping, and
    /// one link of a cluster (`/cl-x/links/S/…`). Nothing is read for other paths.
    ///
    /// With [`At::Latest`], what is read fixes the revision at which the pieces
    /// are to be read. A path that leads nowhere has no pieces. `Invalid` for
    /// metactl's own records.
    pub async fn resolve(&self, path: &Path, at: At) -> Result<Resolved> {
        refuse_bookkeeping(path)?;
        let Some(rest) = selfview::below_self(path) else {
            return self.follow(Piece::plain(path), at, Vec::new()).await;
        };
        if self.has_own_view()? {
            return Ok(Resolved { at, pieces: vec![Piece::plain(path)], depends: Vec::new() });
        }
        let (revision, mapping) = self.mapping_for(rest, at).await?;
        let at = At::Revision(revision);
        let depends = vec![self.mapping_directory().await?];
        match selfview::meaning(&mapping, rest) {
            Meaning::Directory(pieces) => Ok(Resolved { at, pieces, depends }),
            Meaning::Linked { name, real, .. } => {
                let piece = Piece { asked: path.clone(), real };
                // `/self/links/S` is followed already, and links go one level deep.
                if name.starts_with("links/") {
                    return Ok(Resolved { at, pieces: vec![piece], depends });
                }
                self.follow(piece, at, depends).await
            }
        }
    }

    /// What several paths stand for, all of them at one revision.
    pub async fn resolve_all(&self, paths: &[Path], at: At) -> Result<Vec<Resolved>> {
        let mut all: Vec<Resolved> = Vec::with_capacity(paths.len());
        let mut at = at;
        for path in paths {
            let resolved = self.resolve(path, at).await?;
            at = resolved.at;
            all.push(resolved);
        }
        // What was resolved without a read is true at any revision.
        all.iter_mut().for_each(|resolved| resolved.at = at);
        Ok(all)
    }

    /// The real path that a write to `path` goes to.
    ///
    /// Refused as `Invalid`: metactl's own records, a link of `/self` itself,
    /// and what lies behind a link to another cluster. `NotFound` when nothing
    /// in the mapping leads there.
    pub async fn target(&self, path: &Path) -> Result<Path> {
        refuse_bookkeeping(path)?;
        let Some(rest) = selfview::below_self(path) else {
            return self.refuse_linked(path, path.clone());
        };
        let (_, mapping) = self.mapping_for(rest, At::Latest).await?;
        match selfview::meaning(&mapping, rest) {
            Meaning::Linked { name, real, .. } if name.starts_with("links/") => {
                Err(behind_link(path, &real))
            }
            // A role's parameters are one link a key: there the link is the value.
            Meaning::Linked { name, real, below } if below || name.starts_with("env/") => {
                self.refuse_linked(path, real)
            }
            Meaning::Linked { real, .. } => Err(Error::invalid(format!(
                "`{path}` is a link to `{real}`; only what is below it can be written"
            ))
            .hint(format!("Write to `{real}` itself, or below it"))),
            Meaning::Directory(pieces) if pieces.is_empty() => {
                let error = Error::not_found(format!("no link of this node leads to `{path}`"));
                Err(error.hint(self.way_to_parameter(rest).await))
            }
            Meaning::Directory(_) => Err(Error::invalid(format!(
                "`{path}` is a directory of links, not of values; it is not written directly"
            ))
            .hint("See the real paths: `metactl mapping get`")),
        }
    }

    /// Whether the store resolves `/self` by itself. `Usage` when somebody else was
    /// named: the store goes by who is calling.
    pub fn has_own_view(&self) -> Result<bool> {
        match (self.store().has_own_view(), &self.scope().as_id) {
            (true, Some(id)) => Err(Error::new(
                Kind::Usage,
                format!(
                    "`{}` decides by itself who `/self` is, not by `--as {id}`",
                    self.store().place()
                ),
            )
            .hint("Leave out `--as`, or name the store behind the service: `--endpoint etcd://…`")),
            (own, _) => Ok(own),
        }
    }

    /// The directory of the asker's mapping.
    pub async fn mapping_directory(&self) -> Result<Path> {
        let identity = self.identity().await?;
        mapping::directory(&identity.group, &identity.ip)
    }

    /// The links that matter for `/self/<rest>`: one read of single keys above
    /// it and of the subtree at it.
    async fn mapping_for(&self, rest: &str, at: At) -> Result<(Revision, Mapping)> {
        let directory = self.mapping_directory().await?;
        let top = directory.join(rest)?;
        let mut what: Vec<What> = top
            .ancestors()
            .filter(|above| directory.relative(above).is_some_and(|name| !name.is_empty()))
            .filter_map(|above| Path::from_stored(above).map(What::Key))
            .collect();
        what.push(What::Subtree(top));
        let (revision, entries) = reading::collect(self.store(), &what, at).await?;
        let mapping = Mapping::from_leaves(entries.iter().filter_map(|entry| {
            Some((directory.relative(entry.path.as_str())?, entry.value.as_str()))
        }));
        Ok((revision, mapping))
    }

    /// Follows one link of a cluster, if the real path goes through one.
    async fn follow(&self, piece: Piece, at: At, mut depends: Vec<Path>) -> Result<Resolved> {
        let root = &self.scope().cluster_root;
        let Some(through) = links::through(&piece.real, root) else {
            return Ok(Resolved { at, pieces: vec![piece], depends });
        };
        let (revision, link) = reading::get(self.store(), &through.link, at).await?;
        // A foreign writer's directory where the link should be is read as it is.
        let real = match link {
            Some(link) => through.follow(root, &link.value),
            None => Some(piece.real),
        };
        let asked = piece.asked;
        depends.push(through.link);
        Ok(Resolved {
            at: fixed(revision),
            pieces: real.map(|real| Piece { asked, real }).into_iter().collect(),
            depends,
        })
    }

    /// Where a parameter can be made whose role has parameters of its own.
    async fn way_to_parameter(&self, rest: &str) -> String {
        match (rest.strip_prefix("env/"), self.node("self").await) {
            (Some(key), Ok(Node { cluster_path, role: Some(role), .. })) => format!(
                "Choose for whom it is: `{cluster_path}/env/{key}` or \
                 `{cluster_path}/role-env/{role}/{key}`"
            ),
            _ => "See what there is: `metactl ls /self`".to_owned(),
        }
    }

    fn refuse_linked(&self, asked: &Path, real: Path) -> Result<Path> {
        match links::through(&real, &self.scope().cluster_root) {
            Some(_) => Err(behind_link(asked, &real)),
            None => Ok(real),
        }
    }
}

/// That very revision; a store that was never written to has none yet.
pub(crate) fn fixed(revision: Revision) -> At {
    if revision == 0 { At::Latest } else { At::Revision(revision) }
}

fn behind_link(asked: &Path, real: &Path) -> Error {
    Error::invalid(format!("`{asked}` lies behind a link, `{real}`; links are for reading"))
        .hint("Write to the linked cluster by its own path, as `metactl ls /` shows it")
}

fn refuse_bookkeeping(path: &Path) -> Result<()> {
    if mapping::is_bookkeeping(path) {
        return Err(Error::invalid(format!(
            "`{path}` is among metactl's own records, which are not part of the tree"
        )));
    }
    Ok(())
}
