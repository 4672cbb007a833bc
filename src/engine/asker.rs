//! Who asks: its mapping and its rules, as a snapshot holds them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::access::Access;
use super::snapshot::Snapshot;
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::model::rule::{self, Rules};
use crate::store::Revision;

/// Clients that are remembered with what their mapping says; beyond, all are forgotten.
const REMEMBERED: usize = 8192;

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
    fn read(snapshot: &Snapshot, ip: IpAddr, depends: [Path; 2], stamp: Stamp) -> Asker {
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

/// The clients that have asked, so that their links are parsed once.
#[derive(Debug, Default)]
pub(super) struct Askers(Mutex<HashMap<IpAddr, Arc<Asker>>>);

impl Askers {
    pub(super) fn get(&self, snapshot: &Snapshot, ip: IpAddr) -> Arc<Asker> {
        let ip = ip.to_canonical();
        let known = self.lock().get(&ip).cloned();
        if let Some(asker) = known
            && asker.stamp == Stamp::now(snapshot, &asker.depends)
        {
            return asker;
        }
        let depends = places(&snapshot.group, ip);
        let stamp = Stamp::now(snapshot, &depends);
        let asker = Arc::new(Asker::read(snapshot, ip, depends, stamp));
        let mut all = self.lock();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(ip, Arc::clone(&asker));
        asker
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Asker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Where mapping and rules of a client are; an address is a segment, and so is a group.
fn places(group: &str, ip: IpAddr) -> [Path; 2] {
    let place = |top: &str| Path::parse(&format!("{top}/{group}/{ip}"));
    [mapping::ROOT, rule::ROOT].map(|top| place(top).unwrap_or_else(|_| Path::root()))
}
