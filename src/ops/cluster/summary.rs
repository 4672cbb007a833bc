//! What is known of a cluster without reading its hosts.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::cluster::records;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Revision, What, reading};

/// The clusters of the view's root, sorted, and when they were there.
pub(super) async fn ids(view: &View) -> Result<(Revision, Vec<String>)> {
    let (revision, names) = view.store().names(&view.scope().cluster_root, At::Latest).await?;
    let clusters = names.into_iter().filter(|name| name.directory && name.name.starts_with("cl-"));
    Ok((revision, clusters.map(|name| name.name).collect()))
}

/// How many nodes each role has; a cluster without roles has one with an empty name.
pub(super) async fn roles(
    view: &View,
    directory: &Path,
    at: At,
) -> Result<BTreeMap<String, usize>> {
    let hosts = directory.child("hosts")?;
    let (_, names) = view.store().names(&hosts, at).await?;
    let mut roles = BTreeMap::new();
    for name in names.into_iter().filter(|name| name.directory) {
        // Instances are `i-…`, which no role may be called.
        if name.name.starts_with("i-") {
            *roles.entry(String::new()).or_default() += 1;
            continue;
        }
        let (_, nodes) = view.store().names(&hosts.child(&name.name)?, at).await?;
        let count = nodes.iter().filter(|node| node.directory).count();
        roles.insert(name.name, count);
    }
    Ok(roles)
}

/// Leaves by their paths relative to a directory: a record, `cluster/`, `links/`.
pub(super) type Leaves = BTreeMap<String, String>;

/// metactl's record of a cluster, and what the cluster says of itself that
/// short answers need; one read.
pub(super) async fn facts(view: &View, directory: &Path, at: At) -> Result<Facts> {
    let record = records::cluster(directory.name().unwrap_or_default())?;
    let what = vec![
        What::Subtree(record.clone()),
        What::Key(directory.join("cluster/app_id")?),
        What::Key(directory.join("cluster/vxnet")?),
        What::Key(directory.join("cluster/zone")?),
        What::Subtree(directory.child("links")?),
    ];
    let (_, entries) = reading::collect(view.store(), &what, at).await?;
    let mut facts = Facts::default();
    for entry in entries {
        let path = entry.path.as_str();
        if let Some(name) = below(&record, path) {
            facts.record.insert(name, entry.value);
        } else if let Some(name) = below(directory, path) {
            match name.strip_prefix("links/") {
                Some(service) => facts.links.insert(service.to_owned(), entry.value),
                None => facts.own.insert(name, entry.value),
            };
        }
    }
    Ok(facts)
}

/// What [`facts`] found.
#[derive(Default)]
pub(super) struct Facts {
    /// By name, without the directory; empty for clusters that others have written.
    pub(super) record: Leaves,
    /// By path below the cluster's directory.
    pub(super) own: Leaves,
    /// Clusters by service.
    pub(super) links: Leaves,
}

impl Facts {
    /// A leaf of the record, else of the cluster itself, else nothing.
    pub(super) fn get(&self, name: &str, own: &str) -> String {
        let found = self.record.get(name).or_else(|| self.own.get(own));
        found.cloned().unwrap_or_default()
    }
}

/// What is left of `path` below `directory`, without leading slash.
pub(super) fn below(directory: &Path, path: &str) -> Option<String> {
    let rest = directory.relative(path)?.strip_prefix('/')?;
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A leaf of a host's record, by its path below `hosts/`: role (empty where
/// there are none), instance and the leaf's own path.
pub(super) fn host_leaf(name: &str) -> Option<(&str, &str, &str)> {
    let (first, rest) = name.split_once('/')?;
    if first.starts_with("i-") {
        return Some(("", first, rest));
    }
    let (instance, leaf) = rest.split_once('/')?;
    Some((first, instance, leaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_leaf_tells_role_and_instance() {
        assert_eq!(host_leaf("i-1/ip"), Some(("", "i-1", "ip")));
        assert_eq!(host_leaf("a/i-1/attributes/ip"), Some(("a", "i-1", "attributes/ip")));
        assert_eq!(host_leaf("a/i-1"), None);
    }
}
