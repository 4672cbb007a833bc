//! What must hold at the moment a cluster comes into being.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::error::{Error, Kind, Result};
use crate::model::app::spec::Spec;
use crate::model::cluster::{Plan, records};
use crate::model::mapping;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Guard, Revision, What, reading};

/// As many single conditions as every store takes in one commit.
pub(in crate::ops) const MOST_SINGLE: usize = 96;

/// What the store holds before a cluster is made.
pub(super) struct Ground {
    /// When it was looked at.
    pub(super) revision: Revision,
    /// The addresses in use in the group.
    pub(super) taken: BTreeSet<Ipv4Addr>,
    /// One leaf of each linked cluster that must stay as it is.
    linked: Vec<Guard>,
    /// Whether somebody is `/self` already.
    pub(super) has_self: bool,
}

/// Looks at the addresses in use, the clusters to link to and who `/self` is.
/// `NotFound` when a cluster to link to is not there.
pub(super) async fn survey(view: &View, spec: &Spec) -> Result<Ground> {
    let store = view.store();
    let group = &view.scope().group;
    let (revision, mapped) = store.names(&mapping::group_directory(group)?, At::Latest).await?;
    let (_, reserved) = store.names(&records::reserved(group)?, At::Latest).await?;
    let taken = mapped.iter().chain(&reserved).filter_map(|name| name.name.parse().ok()).collect();
    let (_, own) = reading::get(store, &Path::parse(records::SELF)?, At::Latest).await?;
    let mut linked = Vec::new();
    for link in &spec.links {
        let Some(cluster) = &link.cluster else { continue };
        let directory = view.scope().cluster_root.child(cluster)?;
        if !exists(view, &directory).await? {
            return Err(Error::not_found(format!(
                "there is no cluster `{cluster}` for the link `{}`",
                link.service
            ))
            .hint("List the clusters: `metactl cluster list`"));
        }
        let leaf = directory.join("cluster/cluster_id")?;
        let (_, entry) = reading::get(store, &leaf, At::Latest).await?;
        linked.extend(entry.map(|entry| Guard::Value(leaf, entry.value)));
    }
    Ok(Ground { revision, taken, linked, has_self: own.is_some() })
}

/// Whether there is anything below a cluster's directory.
pub(in crate::ops) async fn exists(view: &View, directory: &Path) -> Result<bool> {
    Ok(!view.store().names(directory, At::Latest).await?.1.is_empty())
}

/// The conditions of a plan: nobody has its id, its addresses and its nodes'
/// ids, and the clusters it links to are still there.
///
/// Where there are too many nodes for one condition each, no mapping and no
/// claim at all may have changed since the ground was surveyed, and the claims
/// are looked at here.
pub(super) async fn of_plan(view: &View, plan: &Plan, ground: &Ground) -> Result<Vec<Guard>> {
    let mut guards = ground.linked.clone();
    guards.push(Guard::Absent(plan.directory.join("cluster/cluster_id")?));
    let id = plan.directory.name().unwrap_or_default();
    guards.push(Guard::Absent(records::cluster(id)?.child("state")?));
    let single = plan.claims.iter().map(|(claim, _)| claim).chain(&plan.unmapped);
    if guards.len() + plan.claims.len() + plan.unmapped.len() <= MOST_SINGLE {
        guards.extend(single.map(|path| Guard::Absent(path.clone())));
        return Ok(guards);
    }
    let what: Vec<What> = plan.claims.iter().map(|(claim, _)| What::Key(claim.clone())).collect();
    let mut claimed = None;
    view.store()
        .read(&what, At::Latest, &mut |item| {
            claimed.get_or_insert_with(|| item.path.to_owned());
            Ok(())
        })
        .await?;
    if let Some(path) = claimed {
        return Err(Error::new(Kind::Conflict, format!("`{path}` is claimed already")).retryable());
    }
    guards.extend(unchanged(ground.revision));
    Ok(guards)
}

/// No mapping and no claim has changed since.
pub(super) fn unchanged(since: Revision) -> [Guard; 2] {
    ["_metad", "claims"].map(|unit| Guard::Unchanged { unit: unit.to_owned(), since })
}
