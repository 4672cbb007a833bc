//! Nodes by the ids people use: an ip, an instance id or a node id.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::mapping::{self, RecordPath};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::reading;
use crate::store::{At, What};

/// A node, as its mapping tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The cluster's id.
    pub cluster: String,
    /// None in a cluster without roles.
    pub role: Option<String>,
    pub instance_id: String,
    /// The directory of its host record.
    pub record: Path,
    /// The cluster's directory.
    pub cluster_path: Path,
    /// The group of its mapping.
    pub group: String,
    pub ip: String,
}

/// Finds a node by ip, instance id, node id or `self`.
///
/// `NotFound` when no mapping leads to it, `Invalid` when `id` is none of them
/// or when the mapping's `host` leads elsewhere than to a host's record.
pub async fn find(view: &View, id: &str) -> Result<Node> {
    let (group, ip) = if id == "self" {
        let identity = view.identity().await?;
        (identity.group, identity.ip)
    } else {
        address(view, id).await?
    };
    let host = mapping::directory(&group, &ip)?.child("host")?;
    let (_, link) = reading::get(view.store(), &host, At::Latest).await?;
    let link = link.ok_or_else(|| not_there(id))?;
    let record = Path::parse(&link.value)?;
    let parts = RecordPath::of(&record).ok_or_else(|| {
        Error::invalid(format!("the mapping of `{ip}` has `{record}` for a host record"))
    })?;
    Ok(Node {
        cluster: parts.cluster.name().unwrap_or_default().to_owned(),
        role: parts.role,
        instance_id: parts.instance_id,
        cluster_path: parts.cluster,
        record,
        group,
        ip,
    })
}

/// The group and ip of the node that `id` names; errors as for [`find`]. An ip
/// is taken as it is, in the view's group, without asking the store.
pub(crate) async fn address(view: &View, id: &str) -> Result<(String, String)> {
    if let Ok(ip) = mapping::parse_ip(id) {
        return Ok((view.scope().group.clone(), ip));
    }
    let found = if id.starts_with("cln-") {
        address_of_node_id(view, id).await?
    } else if id.starts_with("i-") {
        let hosts = mapped_hosts(view).await?;
        hosts
            .into_iter()
            .find(|(record, _)| record.name() == Some(id))
            .map(|(_, ip)| ip)
            .map(|ip| (view.scope().group.clone(), ip))
    } else {
        return Err(Error::invalid(format!(
            "`{id}` names no node; an ip, an instance id (`i-…`) or a node id (`cln-…`) is accepted"
        )));
    };
    found.ok_or_else(|| not_there(id))
}

/// The group and ip of the node with that node id: by its claim, else, in a
/// store that others have written, by looking at every mapped host.
pub(crate) async fn address_of_node_id(
    view: &View,
    node_id: &str,
) -> Result<Option<(String, String)>> {
    let claim = Path::parse("/_metactl/claims/node_id")?.child(node_id)?;
    let (_, claim) = reading::get(view.store(), &claim, At::Latest).await?;
    if let Some((group, ip)) = claim.as_ref().and_then(|claim| claim.value.split_once('/')) {
        return Ok(Some((group.to_owned(), ip.to_owned())));
    }
    let hosts = mapped_hosts(view).await?;
    let keys: Vec<(Path, String)> = hosts
        .into_iter()
        .filter_map(|(record, ip)| Some((record.child("node_id").ok()?, ip)))
        .collect();
    let what: Vec<What> = keys.iter().map(|(key, _)| What::Key(key.clone())).collect();
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let Some(found) = entries.into_iter().find(|entry| entry.value == node_id) else {
        return Ok(None);
    };
    let ip = keys.into_iter().find(|(key, _)| *key == found.path).map(|(_, ip)| ip);
    Ok(ip.map(|ip| (view.scope().group.clone(), ip)))
}

/// Every mapped host of the view's group: its record and its ip.
pub async fn mapped_hosts(view: &View) -> Result<Vec<(Path, String)>> {
    let group = mapping::group_directory(&view.scope().group)?;
    let mut hosts = Vec::new();
    view.store()
        .read(&[What::Subtree(group.clone())], At::Latest, &mut |item| {
            let name = group.relative(item.path).unwrap_or_default();
            if let Some(ip) = name.strip_prefix('/').and_then(|name| name.strip_suffix("/host"))
                && !ip.contains('/')
                && let Ok(record) = Path::parse(item.value)
            {
                hosts.push((record, ip.to_owned()));
            }
            Ok(())
        })
        .await?;
    Ok(hosts)
}

fn not_there(id: &str) -> Error {
    Error::not_found(format!("no mapping leads to the node `{id}`"))
        .hint("List the nodes: `metactl instance list`")
}
