//! What two hosts must not share.

use super::facts::{Facts, Host, Sorted, Store, by_gsid, by_instance, by_ip, by_node};
use super::finding::{Finding, Kind};

/// The hosts, sorted by what leads to them.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub ip: Sorted,
    pub gsid: Sorted,
    pub node: Sorted,
}

/// Sorts the hosts and tells which share an ip in a group, a global server id,
/// a node id or an instance id in the store.
pub fn find(store: &Store) -> (Index, Vec<Finding>) {
    let mut findings = Vec::new();
    let index =
        Index { ip: store.sorted(by_ip), gsid: store.sorted(by_gsid), node: store.sorted(by_node) };
    index.ip.each_several(store, by_ip, |(_, ip), hosts| {
        findings.push(same(Kind::DuplicateIp, "ip", "ip", ip, &hosts));
    });
    index.gsid.each_several(store, by_gsid, |(_, gsid), hosts| {
        findings.push(same(Kind::DuplicateGsid, "global server id", "gsid", gsid, &hosts));
    });
    index.node.each_several(store, by_node, |(_, id), hosts| {
        findings.push(same(Kind::DuplicateNodeId, "node id", "node_id", id, &hosts));
    });
    store.sorted(by_instance).each_several(store, by_instance, |(_, id), hosts| {
        findings.push(same(Kind::DuplicateInstanceId, "instance id", "", id, &hosts));
    });
    (index, findings)
}

/// Which hosts of one cluster share a server id.
pub(super) fn sids(facts: &Facts) -> Vec<Finding> {
    let mut hosts: Vec<&Host> = facts.hosts.iter().filter(|host| !host.sid.is_empty()).collect();
    hosts.sort_by_key(|host| &host.sid);
    let several = hosts.chunk_by(|one, other| one.sid == other.sid).filter(|same| same.len() > 1);
    let finding = |hosts: &[&Host]| {
        let hosts: Vec<_> = hosts.iter().map(|host| (facts, *host)).collect();
        let sid = hosts.first().map_or("", |(_, host)| &host.sid);
        same(Kind::DuplicateSid, "server id", "sid", sid, &hosts)
    };
    several.map(finding).collect()
}

fn same(kind: Kind, name: &str, leaf: &str, value: &str, hosts: &[(&Facts, &Host)]) -> Finding {
    let what = format!("{} hosts have the {name} `{value}`", hosts.len());
    let mut finding = Finding::new(kind, what);
    let mut last = None;
    for (facts, host) in hosts {
        let record = facts.record(host);
        let place = if leaf.is_empty() { record } else { super::facts::below(&record, leaf) };
        last = Some(place.clone());
        finding = finding.at(place, host.revision);
    }
    let first = hosts.first().map_or("", |(facts, _)| &facts.about.id);
    if hosts.iter().all(|(facts, _)| facts.about.id == first) {
        finding = finding.of(first);
    }
    let place = last.map(|place| place.to_string()).unwrap_or_default();
    finding.mend(match kind {
        Kind::DuplicateInstanceId => format!("Take one of them away: `metactl rm -r {place}`"),
        _ => format!("Give one of them its own: `metactl put {place} {}`", leaf.to_uppercase()),
    })
}
