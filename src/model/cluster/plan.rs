//! What creating a cluster writes, worked out before anything is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::{hosts, leaves, records};
use crate::error::Result;
use crate::model::app::package::Special;
use crate::model::app::spec::Spec;
use crate::model::cidr::Cidr;
use crate::model::host::Host;
use crate::model::ids::Draw;
use crate::model::path::Path;

/// A leaf to write.
pub type Leaf = (Path, String);

/// Everything that a new cluster is made from.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    pub id: String,
    /// The directory that holds the clusters.
    pub cluster_root: Path,
    pub group: String,
    pub project: String,
    pub zone: String,
    pub vxnet: String,
    pub cidr: Cidr,
    /// Whether a full block is widened.
    pub widen: bool,
    pub spec: &'a Spec,
    /// The parameters of `spec` that are secrets or pairs of keys.
    pub special: &'a [Special],
    /// The public keys of the roles that have one.
    pub pub_keys: &'a BTreeMap<String, String>,
    /// Leaves below `cluster/`, checked by [`leaves::check_set`].
    pub set_cluster: &'a [(String, String)],
    /// Leaves of every host, checked by [`crate::model::host::check_set`].
    pub set_host: &'a [(String, String)],
    pub app: Option<AppText<'a>>,
    /// When it is made, as the record says it.
    pub created: String,
}

/// The package it is made from.
#[derive(Debug, Clone, Copy)]
pub struct AppText<'a> {
    /// The package's own name, without directories and endings.
    pub name: &'a str,
    /// Kept for later checks of parameters; none when it would be too much.
    pub texts: Option<(&'a str, &'a str)>,
}

/// All leaves of a new cluster, by the order in which they may appear: first
/// the data, then what lets nodes see it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cluster's directory.
    pub directory: Path,
    pub hosts: Vec<Host>,
    /// The block its addresses are in.
    pub cidr: Cidr,
    /// Ids and reserved addresses that nobody else may have.
    pub claims: Vec<Leaf>,
    pub data: Vec<Leaf>,
    /// metactl's own records of it.
    pub records: Vec<Leaf>,
    /// Mapping and rules.
    pub access: Vec<Leaf>,
    /// The leaves that must not be there before: one for each node's mapping.
    pub unmapped: Vec<Path>,
}

/// Draws ids, finds addresses and server ids, and lays out every leaf.
///
/// `taken` are the addresses that are in use in the group. `Conflict` when the
/// block has too few free ones, `Invalid` when a role's bound leaves no server id.
pub fn plan(draft: &Draft<'_>, taken: &BTreeSet<Ipv4Addr>, draw: &mut Draw) -> Result<Plan> {
    let directory = draft.cluster_root.child(&draft.id)?;
    let uuid = draw.uuid();
    let placed = hosts::place(draft, taken, draw)?;
    let mut data = leaves::of_cluster(draft, &directory, &uuid, &placed.reserved)?;
    data.extend(leaves::of_env(draft, &directory)?);
    for host in &placed.hosts {
        let record = host.record(&directory)?;
        for (name, value) in host.leaves() {
            data.push((record.join(&name)?, value));
        }
    }
    let (access, unmapped) = leaves::of_access(draft, &directory, &placed.hosts)?;
    Ok(Plan {
        claims: records::claims(draft, &placed.hosts, &placed.addresses)?,
        records: records::of_cluster(draft, placed.cidr)?,
        hosts: placed.hosts,
        cidr: placed.cidr,
        directory,
        data,
        access,
        unmapped,
    })
}

impl Plan {
    /// How many leaves there are in all.
    pub fn len(&self) -> usize {
        self.claims.len() + self.data.len() + self.records.len() + self.access.len()
    }

    /// Whether there is nothing to write; a plan always has something.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
