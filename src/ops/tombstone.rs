//! Nodes that a scale-in has taken away.

use crate::error::Result;
use crate::model::path::Path;
use crate::model::tombstone::{self, TOMBSTONES, Tombstone};
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// The tombstone of a node, by its node id or, the newest one, by the instance
/// id it had. An ip names none: somebody else may have it.
pub async fn find(view: &View, id: &str) -> Result<Option<Tombstone>> {
    let what = match id {
        _ if id.starts_with("cln-") => What::Key(tombstone::path(id)?),
        _ if id.starts_with("i-") => What::Subtree(Path::parse(TOMBSTONES)?),
        _ => return Ok(None),
    };
    let (_, entries) = reading::collect(view.store(), &[what], At::Latest).await?;
    let all = entries.iter().filter_map(|entry| Tombstone::read(&entry.value).ok());
    Ok(all.filter(|one| one.node_id == id || one.instance_id == id).max_by_key(|one| one.revision))
}
