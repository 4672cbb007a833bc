//! Listing clusters.

use std::collections::BTreeMap;

use serde::Serialize;

use super::summary;
use crate::error::Result;
use crate::ops::view::View;
use crate::store::At;

/// A cluster in a list. What nobody has written down is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub id: String,
    /// The package it was made from, else its app's id.
    pub app: String,
    /// The version of the app.
    pub version: String,
    pub nodes: usize,
    /// How many nodes each role has; a cluster without roles has one with an empty name.
    pub roles: BTreeMap<String, usize>,
    /// `active`, `stopped`, `creating`; empty for clusters that others have written.
    pub state: String,
    pub vxnet: String,
    pub cidr: String,
    /// Clusters it depends on, by service.
    pub links: BTreeMap<String, String>,
}

/// All clusters below the view's root, sorted by id. Reads names and a few
/// leaves of each, never its hosts.
pub async fn list(view: &View) -> Result<Vec<Listed>> {
    let (revision, ids) = summary::ids(view).await?;
    let mut clusters = Vec::new();
    for id in ids {
        let directory = view.scope().cluster_root.child(&id)?;
        let at = At::Revision(revision);
        let roles = summary::roles(view, &directory, at).await?;
        let facts = summary::facts(view, &directory, at).await?;
        clusters.push(Listed {
            app: facts.get("app", "cluster/app_id"),
            version: facts.get("version", ""),
            nodes: roles.values().sum(),
            roles,
            state: facts.get("state", ""),
            vxnet: facts.get("vxnet", "cluster/vxnet"),
            cidr: facts.get("cidr", ""),
            links: facts.links,
            id,
        });
    }
    Ok(clusters)
}
