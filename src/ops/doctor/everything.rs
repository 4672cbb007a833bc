//! Reading all that a check-up looks at, one range after another, all of it at
//! one revision.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::checkup::facts::Leaf;
use crate::model::checkup::finding::{Finding, Kind};
use crate::model::checkup::record::Record;
use crate::model::cluster::records;
use crate::model::operation;
use crate::model::path::Path;
use crate::ops::view::{View, fixed};
use crate::store::{At, Item, What, commit};

/// What there is, before any cluster is looked into.
pub(super) struct Ground {
    pub(super) at: At,
    pub(super) revision: u64,
    /// The clusters below the view's root, sorted.
    pub(super) ids: Vec<String>,
    /// The ids of clusters below other directories.
    pub(super) elsewhere: BTreeSet<String>,
    /// metactl's records, by cluster.
    pub(super) records: BTreeMap<String, Record>,
    /// Operations, by cluster.
    pub(super) operations: Vec<Leaf>,
    /// Who `/self` is.
    pub(super) own: Option<Leaf>,
}

impl Ground {
    /// Whether there is such a cluster below the view's root.
    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.binary_search_by(|one| one.as_str().cmp(id)).is_ok()
    }
}

/// Looks at names and at metactl's own records; fixes the revision.
pub(super) async fn survey(view: &View) -> Result<Ground> {
    let root = &view.scope().cluster_root;
    let (revision, names) = view.store().names(root, At::Latest).await?;
    let at = fixed(revision);
    let is_cluster = |name: &str| name.starts_with("cl-");
    let ids: Vec<String> =
        names.into_iter().filter(|n| n.directory && is_cluster(&n.name)).map(|n| n.name).collect();
    let mut ground = Ground {
        at,
        revision,
        elsewhere: elsewhere(view, at, &ids).await?,
        ids,
        records: BTreeMap::new(),
        operations: Vec::new(),
        own: None,
    };
    let [clusters, apps] = [records::CLUSTERS, records::APPS].map(Path::parse);
    let (clusters, apps) = (clusters?, apps?);
    each(view, &clusters, at, &mut |leaf| {
        if let Some((id, name)) = leaf.name.split_once('/') {
            let record = ground.records.entry(id.to_owned()).or_default();
            record.take(&Leaf { name: name.to_owned(), ..leaf.clone() });
        }
    })
    .await?;
    for name in view.store().names(&apps, at).await?.1 {
        ground.records.entry(name.name).or_default();
    }
    let (operations, own) = (Path::parse(operation::OPERATIONS)?, Path::parse(records::SELF)?);
    each(view, &operations, at, &mut |leaf| ground.operations.push(leaf)).await?;
    each(view, &own, at, &mut |leaf| ground.own = Some(leaf)).await?;
    Ok(ground)
}

/// The clusters that other directories hold: who looks into one of them must
/// not take what belongs to another for left over.
async fn elsewhere(view: &View, at: At, ids: &[String]) -> Result<BTreeSet<String>> {
    let (store, root) = (view.store(), &view.scope().cluster_root);
    let mut found = BTreeSet::new();
    for name in store.names(&Path::root(), at).await?.1.into_iter().filter(|n| n.directory) {
        if name.name.starts_with('_') || name.name == "projects" {
            continue;
        }
        let directory = Path::root().child(&name.name)?;
        if name.name.starts_with("cl-") {
            found.extend((!root.is_root()).then_some(name.name));
        } else if directory != *root {
            let inside = store.names(&directory, at).await?.1.into_iter();
            found.extend(inside.map(|name| name.name).filter(|name| name.starts_with("cl-")));
        }
    }
    found.retain(|id| ids.binary_search(id).is_err());
    Ok(found)
}

/// The keys that move as long as somebody works on what is found.
pub(super) fn signs_of_work(finding: &Finding) -> Vec<Path> {
    match finding.kind {
        Kind::OperationAbandoned | Kind::OperationStalled | Kind::OperationWithoutCluster => {
            finding.paths.clone()
        }
        // The parts of a new cluster: claims, its own leaves, mapping.
        Kind::ClusterHalfWritten => {
            let units = finding.cluster.iter().map(String::as_str).chain(["claims", "_metad"]);
            units.filter_map(commit::generation_key).collect()
        }
        _ => Vec::new(),
    }
}

/// Calls `each` with the leaves at and below `top`, those included that a
/// foreign writer has put where there are directories; sorted bytewise.
pub(super) async fn each(
    view: &View,
    top: &Path,
    at: At,
    each: &mut (dyn FnMut(Leaf) + Send),
) -> Result<()> {
    let mut take = |item: Item<'_>| {
        let name = top.relative(item.path).unwrap_or_default().trim_start_matches('/');
        each(Leaf {
            name: name.to_owned(),
            value: item.value.to_owned(),
            revision: item.mod_revision,
        });
        Ok(())
    };
    view.store().read(&[What::All(top.clone())], at, &mut take).await?;
    Ok(())
}
