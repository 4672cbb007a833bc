//! Claims: what keeps two nodes from having one id.

use super::duplicates::Index;
use super::facts::{About, Leaf, Place, Store, below, by_gsid, by_node};
use super::finding::{Change, Finding, Kind};
use crate::model::cluster::records;
use crate::model::path::Path;

/// Looks at one claim, by its name below all claims (`gsid/…`, `node_id/…`,
/// `ip/<group>/…`), and marks the node that it is for.
pub fn check(store: &mut Store, index: &Index, claim: &Leaf) -> Option<Finding> {
    let (kind, name) = claim.name.split_once('/')?;
    let value = claim.value.as_str();
    let orphan = match kind {
        "gsid" => {
            let places = index.gsid.find(store, by_gsid, ("", name));
            mark(store, places, |about, _| about.id == value, |host| host.gsid_claimed = true)
                && !is_open(store, value)
        }
        "node_id" => {
            let places = index.node.find(store, by_node, ("", name));
            let right = |about: &About, ip: &str| {
                value.strip_prefix(&*about.group) == Some(&format!("/{ip}"))
            };
            // Whose it is cannot be told while there are clusters that are not looked into.
            mark(store, places, right, |host| host.node_claimed = true) && store.others.is_empty()
        }
        "ip" => {
            let ip = name.rsplit('/').next().unwrap_or_default();
            let reserves = store.cluster(value).is_some_and(|facts| facts.reserved.contains(ip));
            !reserves && !is_open(store, value)
        }
        _ => false,
    };
    orphan.then(|| {
        let place = below(&top(), &claim.name);
        let what = match kind {
            "ip" => format!("`{name}` is claimed for `{value}`, which does not have it"),
            _ => format!("{kind} `{name}` is claimed for `{value}`, and no node has it"),
        };
        let mut finding = Finding::new(Kind::ClaimWithoutNode, what);
        finding.cluster = value.starts_with("cl-").then(|| value.to_owned());
        finding.at(place.clone(), claim.revision).fix([Change::delete(place)])
    })
}

/// Whether the claims of a cluster may be there without its nodes.
fn is_open(store: &Store, cluster: &str) -> bool {
    store.others.contains(cluster)
        || store.cluster(cluster).is_some_and(|facts| facts.about.in_operation)
}

/// Marks the node that a claim is for. True when no node has what is claimed.
fn mark(
    store: &mut Store,
    places: &[Place],
    right: impl Fn(&About, &str) -> bool,
    set: impl Fn(&mut super::facts::Host),
) -> bool {
    let several = places.len() > 1;
    for place in places {
        let is_right = store.at(*place).is_some_and(|(facts, host)| {
            // What else is wrong with it is said: two that share an id cannot both
            // have its claim, and an ip that is not the node's own is no better.
            right(&facts.about, &host.ip) || several || !host.at_home
        });
        if is_right && let Some(host) = store.host_mut(*place) {
            set(host);
        }
    }
    !places.iter().any(|place| store.at(*place).is_some_and(|(facts, _)| facts.about.made_here))
}

/// The nodes that nothing keeps the ids of, once all claims have been looked at.
pub fn missing(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for facts in store.clusters.iter().filter(|facts| facts.about.made_here) {
        let About { id, group, .. } = &facts.about;
        for host in &facts.hosts {
            let mut changes = Vec::new();
            if !host.gsid_claimed && !host.gsid.is_empty() {
                let place = below(&top(), &format!("gsid/{}", host.gsid));
                changes.push(Change::put(place, id.as_str()));
            }
            if !host.node_claimed && !host.node_id.is_empty() && !host.ip.is_empty() {
                let place = below(&top(), &format!("node_id/{}", host.node_id));
                changes.push(Change::put(place, format!("{group}/{}", host.ip)));
            }
            if !changes.is_empty() {
                let what = format!("nothing keeps the ids of `{}` from others", host.record);
                let finding = Finding::new(Kind::NodeWithoutClaim, what).of(id);
                findings.push(finding.at(facts.record(host), host.revision).fix(changes));
            }
        }
    }
    findings
}

fn top() -> Path {
    Path::from_stored(records::CLAIMS).unwrap_or_else(Path::root)
}
