//! What is kept of every cluster while the rest of the store is looked at: as
//! little as the checks that go beyond one cluster need.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::path::Path;

/// One leaf of what is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Below the directory that is checked, without leading slash; empty for
    /// the directory itself.
    pub name: String,
    pub value: String,
    /// The revision of its newest change.
    pub revision: u64,
}

/// What is known of a cluster beside its own leaves.
#[derive(Debug, Clone)]
pub struct About {
    pub id: String,
    /// Its directory.
    pub path: Path,
    /// The group of its nodes' mapping.
    pub group: String,
    /// The project of its nodes.
    pub project: String,
    /// Whether metactl has made it, and so keeps claims for it.
    pub made_here: bool,
    /// Whether an operation is recorded for it.
    pub in_operation: bool,
}

/// What is kept of a cluster.
#[derive(Debug, Clone)]
pub struct Facts {
    pub about: About,
    /// Sorted by record.
    pub hosts: Vec<Host>,
    /// The names of the cluster's parameters, where a role has some of its own.
    pub env: BTreeSet<String>,
    /// The names of the parameters of roles.
    pub role_env: BTreeMap<String, BTreeSet<String>>,
    /// Services and the ids of the clusters they are linked to.
    pub links: Vec<(String, String)>,
    /// Addresses that the cluster has reserved.
    pub reserved: BTreeSet<String>,
}

/// What is kept of a host.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Where it is below `hosts/`: `role/i-…`, or `i-…` in a cluster without roles.
    pub record: Box<str>,
    pub ip: Box<str>,
    pub sid: Box<str>,
    pub gsid: Box<str>,
    pub node_id: Box<str>,
    /// The revision of the newest leaf of those above.
    pub revision: u64,
    /// Whether a mapping leads to it.
    pub mapped: bool,
    /// Whether the mapping of its own ip does.
    pub at_home: bool,
    /// Whether its ip has a mapping, wherever that leads.
    pub ip_mapped: bool,
    pub gsid_claimed: bool,
    pub node_claimed: bool,
}

impl Host {
    /// Its role, none in a cluster without roles.
    pub fn role(&self) -> Option<&str> {
        Some(self.record.split_once('/')?.0)
    }

    /// The last segment of its record.
    pub fn instance(&self) -> &str {
        self.record.rsplit('/').next().unwrap_or_default()
    }
}

impl Facts {
    /// The record of a host.
    pub fn record(&self, host: &Host) -> Path {
        self.below(&format!("hosts/{}", host.record))
    }

    /// A path in the cluster; one that is made of what was read from a store.
    pub fn below(&self, name: &str) -> Path {
        below(&self.about.path, name)
    }

    /// The host with that record below `hosts/`.
    pub fn host_mut(&mut self, record: &str) -> Option<&mut Host> {
        let place = self.hosts.binary_search_by(|host| (*host.record).cmp(record)).ok()?;
        self.hosts.get_mut(place)
    }
}

/// A path below a directory by names that a store holds. What would be too long
/// for a path is the directory.
pub fn below(directory: &Path, name: &str) -> Path {
    directory.join(name).unwrap_or_else(|_| directory.clone())
}

/// All clusters that are looked into.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// Sorted by id.
    pub clusters: Vec<Facts>,
    /// The directory that holds them.
    pub root: Option<Path>,
    /// Ids of clusters that are there and not looked into: below another
    /// directory, or written in part only.
    pub others: BTreeSet<String>,
}

impl Store {
    /// What is known of a cluster that is looked into.
    pub fn cluster(&self, id: &str) -> Option<&Facts> {
        let place = self.clusters.binary_search_by(|facts| (*facts.about.id).cmp(id)).ok()?;
        self.clusters.get(place)
    }

    /// The same, to be marked.
    pub fn cluster_mut(&mut self, id: &str) -> Option<&mut Facts> {
        let place = self.clusters.binary_search_by(|facts| (*facts.about.id).cmp(id)).ok()?;
        self.clusters.get_mut(place)
    }

    /// Whether there is such a cluster, looked into or not.
    pub fn has(&self, id: &str) -> bool {
        self.others.contains(id) || self.cluster(id).is_some()
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> usize {
        self.clusters.iter().map(|facts| facts.hosts.len()).sum()
    }

    /// The host at a place.
    pub fn at(&self, place: Place) -> Option<(&Facts, &Host)> {
        let facts = self.clusters.get(place.cluster as usize)?;
        Some((facts, facts.hosts.get(place.host as usize)?))
    }

    /// The same, to be marked.
    pub fn host_mut(&mut self, place: Place) -> Option<&mut Host> {
        self.clusters.get_mut(place.cluster as usize)?.hosts.get_mut(place.host as usize)
    }

    /// The hosts sorted by what `key` takes of them; those without it left out.
    pub fn sorted<'a>(&'a self, key: impl Fn(&'a Facts, &'a Host) -> Option<Key<'a>>) -> Sorted {
        let mut places: Vec<(Key<'a>, Place)> = Vec::new();
        for (cluster, facts) in (0..).zip(&self.clusters) {
            let hosts = (0..).zip(&facts.hosts);
            places.extend(
                hosts.filter_map(|(host, one)| Some((key(facts, one)?, Place { cluster, host }))),
            );
        }
        places.sort_unstable();
        Sorted(places.into_iter().map(|(_, place)| place).collect())
    }
}

/// By what hosts are sorted: a group or nothing, and a value.
pub type Key<'a> = (&'a str, &'a str);

/// Where a host is among all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    cluster: u32,
    host: u32,
}

/// Hosts sorted by something that they have.
#[derive(Debug, Clone, Default)]
pub struct Sorted(Vec<Place>);

impl Sorted {
    /// The hosts with that key; `of` is what they are sorted by.
    pub fn find<'a>(
        &self,
        store: &'a Store,
        of: impl Fn(&'a Facts, &'a Host) -> Option<Key<'a>>,
        wanted: Key<'_>,
    ) -> &[Place] {
        let key = |place: &Place| store.at(*place).and_then(|(facts, host)| of(facts, host));
        let from = self.0.partition_point(|place| key(place).is_some_and(|key| key < wanted));
        let rest = self.0.get(from..).unwrap_or_default();
        let count = rest.partition_point(|place| key(place).is_some_and(|key| key == wanted));
        rest.get(..count).unwrap_or_default()
    }

    /// Calls `each` with hosts that have the same key, where there are several.
    pub fn each_several<'a>(
        &self,
        store: &'a Store,
        of: impl Fn(&'a Facts, &'a Host) -> Option<Key<'a>>,
        mut each: impl FnMut(Key<'a>, Vec<(&'a Facts, &'a Host)>),
    ) {
        let hosts = |places: &[Place]| places.iter().filter_map(|place| store.at(*place)).collect();
        let key = |place: &Place| store.at(*place).and_then(|(facts, host)| of(facts, host));
        for same in self.0.chunk_by(|one, other| key(one) == key(other)) {
            if let ([_, _, ..], Some(key)) = (same, same.first().and_then(key)) {
                each(key, hosts(same));
            }
        }
    }
}

/// Group and ip.
pub fn by_ip<'a>(facts: &'a Facts, host: &'a Host) -> Option<Key<'a>> {
    (!host.ip.is_empty()).then_some((&*facts.about.group, &*host.ip))
}

/// Global server id.
pub fn by_gsid<'a>(_: &'a Facts, host: &'a Host) -> Option<Key<'a>> {
    (!host.gsid.is_empty()).then_some(("", &*host.gsid))
}

/// Node id.
pub fn by_node<'a>(_: &'a Facts, host: &'a Host) -> Option<Key<'a>> {
    (!host.node_id.is_empty()).then_some(("", &*host.node_id))
}

/// Instance id.
pub fn by_instance<'a>(_: &'a Facts, host: &'a Host) -> Option<Key<'a>> {
    Some(("", host.instance()))
}
