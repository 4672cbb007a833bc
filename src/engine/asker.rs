//! Who asks: its mapping and its rules, as a snapshot holds them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use super::access::Access;
use super::shards::Shards;
use super::snapshot::{Id, Snapshot};
use super::tree::Tree;
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::model::rule::{self, Rules};
use crate::store::Revision;

/// Clients that a part remembers with what their mapping says; beyond, it forgets them.
const REMEMBERED: usize = 4096;

/// A client by its address.
#[derive(Debug)]
pub struct Asker {
    pub(super) ip: IpAddr,
    mapping: Mapping,
    rules: Option<Rules>,
    access: OnceLock<Access>,
    depends: [Path; 2],
    stamp: Stamp,
}

/// As long as it stays the same, so do mapping and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    lineage: u32,
    mapping: Revision,
    rules: Revision,
}

impl Asker {
    fn read(snapshot: &Snapshot, ip: IpAddr) -> Asker {
        let depends = snapshot.askers.places(ip);
        let stamp = Stamp::now(snapshot, &depends);
        let [directory, rule_at] = &depends;
        let mut leaves = Vec::new();
        snapshot.each_leaf(directory, |name, value| {
            leaves.push((name.to_owned(), value.to_owned()));
        });
        let leaves = leaves.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mapping = Mapping::from_leaves(leaves);
        // Rules that cannot be read let nothing through.
        let rules = snapshot.value(rule_at).map(|text| Rules::parse(text).unwrap_or_default());
        Asker { ip, mapping, rules, access: OnceLock::new(), depends, stamp }
    }

    /// What it may see, for walking down from the root. Most clients never leave `/self`.
    pub(super) fn access(&self) -> &Access {
        self.access.get_or_init(|| match &self.rules {
            Some(rules) => Access::of_rules(rules),
            None => Access::of_mapping(&self.mapping),
        })
    }

    /// Whether the tree knows nothing of that address.
    fn is_nobody(&self) -> bool {
        self.mapping.is_empty() && self.rules.is_none()
    }

    /// Its links; empty where it has none.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Its access rules, if it has any. Where they cannot be read, they allow nothing.
    pub fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }

    /// Where its mapping and its rules are.
    pub fn depends(&self) -> &[Path; 2] {
        &self.depends
    }

    /// When its mapping or its rules changed last.
    pub(super) fn changed(&self) -> Revision {
        self.stamp.mapping.max(self.stamp.rules)
    }
}

/// The clients of a group that have asked, so that their links are parsed once.
#[derive(Debug)]
pub(super) struct Askers {
    /// Where the group's mappings are, and its rules.
    group: [Path; 2],
    known: Shards<HashMap<IpAddr, Known>>,
}

#[derive(Debug)]
struct Known {
    asker: Arc<Asker>,
    /// The snapshot that it was last compared with.
    as_of: Id,
}

impl Askers {
    pub(super) fn new(group: &str) -> Askers {
        // A group is a segment.
        let place = |top: &str| Path::parse(&format!("{top}/{group}"));
        let group =
            [mapping::ROOT, rule::ROOT].map(|top| place(top).unwrap_or_else(|_| Path::root()));
        Askers { group, known: Shards::default() }
    }

    /// When the mapping or the rules of anybody of the group changed last.
    pub(super) fn changed(&self, tree: &Tree) -> Revision {
        self.group.iter().map(|top| tree.find(top).1).fold(0, Ord::max)
    }

    /// Where mapping and rules of a client are.
    fn places(&self, ip: IpAddr) -> [Path; 2] {
        // An address is a segment.
        self.group.each_ref().map(|top| top.child(&ip.to_string()).unwrap_or_else(|_| top.clone()))
    }

    pub(super) fn get(&self, snapshot: &Snapshot, ip: IpAddr) -> Arc<Asker> {
        let ip = ip.to_canonical();
        let as_of = snapshot.id();
        let known = match self.known.of(ip).get(&ip) {
            Some(known) if snapshot.has_same_askers(known.as_of) => {
                return Arc::clone(&known.asker);
            }
            known => known.map(|known| Arc::clone(&known.asker)),
        };
        let same = known.filter(|asker| asker.stamp == Stamp::now(snapshot, &asker.depends));
        let asker = same.unwrap_or_else(|| Arc::new(Asker::read(snapshot, ip)));
        let mut shard = self.known.of(ip);
        if shard.len() >= REMEMBERED && !shard.contains_key(&ip) {
            shard.clear();
        }
        // Nobody can fill the memory with addresses that are nobody's.
        match asker.is_nobody() {
            true => shard.remove(&ip),
            false => shard.insert(ip, Known { asker: Arc::clone(&asker), as_of }),
        };
        asker
    }
}

impl Stamp {
    fn now(snapshot: &Snapshot, [mapping, rules]: &[Path; 2]) -> Stamp {
        Stamp {
            lineage: snapshot.lineage,
            mapping: snapshot.changed(mapping),
            rules: snapshot.changed(rules),
        }
    }
}
