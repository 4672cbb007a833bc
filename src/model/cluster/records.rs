//! metactl's own records: of clusters, of their apps, and of what is claimed.

use super::plan::{Draft, Leaf};
use crate::error::Result;
use crate::model::app::package::{CONFIG, TEMPLATE};
use crate::model::cidr::Cidr;
use crate::model::host::Host;
use crate::model::path::Path;

/// Where the records of clusters are, one directory each.
pub const CLUSTERS: &str = "/_metactl/clusters";
/// Where the texts of the apps are that clusters were made from.
pub const APPS: &str = "/_metactl/apps";
/// Where ids and addresses are claimed.
pub const CLAIMS: &str = "/_metactl/claims";
/// Who `/self` is when nobody says.
pub const SELF: &str = "/_metactl/self";

/// The record of a cluster.
pub fn cluster(id: &str) -> Result<Path> {
    Path::parse(CLUSTERS)?.child(id)
}

/// The texts of the app that a cluster was made from.
pub fn app(id: &str) -> Result<Path> {
    Path::parse(APPS)?.child(id)
}

/// The claims of global server ids.
pub fn gsid(gsid: &str) -> Result<Path> {
    Path::parse(CLAIMS)?.child("gsid")?.child(gsid)
}

/// The claim of a node id; its value is the node's group and address.
pub fn node_id(id: &str) -> Result<Path> {
    Path::parse(CLAIMS)?.child("node_id")?.child(id)
}

/// The claims of reserved addresses in a group; a value is a cluster's id.
pub fn reserved(group: &str) -> Result<Path> {
    Path::parse(CLAIMS)?.child("ip")?.child(group)
}

pub(super) fn of_cluster(draft: &Draft<'_>, cidr: Cidr) -> Result<Vec<Leaf>> {
    let top = cluster(&draft.id)?;
    let spec = draft.spec;
    let mut leaves = vec![
        ("state", "active".to_owned()),
        ("cidr", cidr.to_string()),
        ("group", draft.group.clone()),
        ("project", draft.project.clone()),
        ("zone", draft.zone.clone()),
        ("vxnet", draft.vxnet.clone()),
        ("created", draft.created.clone()),
    ];
    leaves.extend(draft.app.iter().map(|app| ("app", app.name.to_owned())));
    leaves.extend(spec.app_version.iter().map(|version| ("version", version.clone())));
    for (name, value) in [("name", &spec.name), ("description", &spec.description)] {
        if !value.is_empty() {
            leaves.push((name, value.clone()));
        }
    }
    let mut all = Vec::new();
    for (name, value) in leaves {
        all.push((top.child(name)?, value));
    }
    if let Some((config, template)) = draft.app.and_then(|app| app.texts) {
        let top = app(&draft.id)?;
        all.push((top.child(CONFIG)?, config.to_owned()));
        all.push((top.child(TEMPLATE)?, template.to_owned()));
    }
    Ok(all)
}

pub(super) fn claims(
    draft: &Draft<'_>,
    hosts: &[Host],
    reserved_ips: &[String],
) -> Result<Vec<Leaf>> {
    let mut claims = Vec::new();
    for host in hosts {
        claims.push((gsid(&host.gsid)?, draft.id.clone()));
        claims.push((node_id(&host.node_id)?, format!("{}/{}", draft.group, host.ip)));
    }
    for ip in reserved_ips {
        claims.push((reserved(&draft.group)?.child(ip)?, draft.id.clone()));
    }
    Ok(claims)
}
