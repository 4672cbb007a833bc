//! Whole clusters, from the root down.

use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::default_cluster;
use crate::ops::view::View;
use crate::store::{At, What};

/// The leaves of `clusters` by their whole paths, all of one revision, settled
/// in `order`; of every cluster when none is named.
///
/// `NotFound` for a named cluster without any leaf.
pub async fn dump(view: &View, clusters: &[String], order: Order) -> Result<Leaves> {
    let all;
    let named = !clusters.is_empty();
    let ids = if named {
        clusters
    } else {
        all = default_cluster::list(view, At::Latest).await?;
        &all
    };
    let root = &view.scope().cluster_root;
    let mut paths: Vec<Path> = ids.iter().map(|id| root.child(id)).collect::<Result<_>>()?;
    paths.sort();
    paths.dedup();
    let what: Vec<What> = paths.iter().cloned().map(What::Subtree).collect();
    let mut leaves = Leaves::new();
    let mut seen = vec![false; paths.len()];
    let mut current = 0;
    view.store()
        .read(&what, At::Latest, &mut |item| {
            while paths.get(current).is_some_and(|path| path.relative(item.path).is_none()) {
                current += 1;
            }
            if let Some(seen) = seen.get_mut(current) {
                *seen = true;
            }
            leaves.push(item.path, item.value);
            Ok(())
        })
        .await?;
    if let Some((missing, _)) = paths.iter().zip(&seen).find(|(_, seen)| named && !**seen) {
        return Err(no_cluster(missing));
    }
    leaves.settle(order);
    Ok(leaves)
}

fn no_cluster(path: &Path) -> Error {
    let id = path.name().unwrap_or_default();
    Error::not_found(format!("there is no cluster `{id}`"))
        .hint("List them: `metactl cluster list`")
}
