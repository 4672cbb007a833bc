//! The mapping of one ip: whether what it leads to is there.

use super::duplicates::Index;
use super::facts::{About, Facts, Host, Leaf, Store, below, by_ip};
use super::finding::{Change, Finding, Kind};
use super::role_env;
use crate::error::Result;
use crate::model::mapping::{self, Mapping, NodeLinks, RoleEnv};
use crate::model::path::Path;

/// Where a link leads.
enum Target<'a> {
    /// Into a cluster: its id and what is below its directory.
    Cluster(&'a str, &'a str),
    Elsewhere,
}

/// Looks at the mapping of one ip and marks the host that it is for. The
/// leaves are named below the mapping's directory.
pub fn check(
    store: &mut Store,
    index: &Index,
    group: &str,
    ip: &str,
    leaves: &[Leaf],
) -> Vec<Finding> {
    let directory = below(&below(&top(), group), ip);
    let ip = mapping::parse_ip(ip).unwrap_or_else(|_| ip.to_owned());
    let places = index.ip.find(store, by_ip, (group, &ip)).to_vec();
    for place in &places {
        if let Some(host) = store.host_mut(*place) {
            host.ip_mapped = true;
        }
    }
    let own = match places.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let mut findings = no_paths(store, &directory, &ip, leaves);
    let link = leaves.iter().find(|leaf| leaf.name == "host");
    let host = link.and_then(|link| target(store, &link.value));
    match host {
        // Another program's, or of a cluster that is not looked into.
        Some(Target::Elsewhere) => return findings,
        Some(Target::Cluster(id, _)) if store.others.contains(id) => return findings,
        Some(Target::Cluster(id, rest)) => {
            let id = id.to_owned();
            let record = rest.strip_prefix("hosts/").unwrap_or_default().to_owned();
            let found = store.cluster_mut(&id).and_then(|facts| facts.host_mut(&record));
            match found {
                Some(host) => {
                    host.mapped = true;
                    host.at_home |= *host.ip == *ip;
                    findings.extend(dangling(store, &directory, &ip, leaves));
                    findings.extend(of_host(store, &id, &record, &directory, &ip, leaves));
                }
                None => {
                    let again = own.and_then(|place| {
                        let (facts, host) = store.at(place)?;
                        (facts.about.id == id).then(|| wanted(store, facts, host)).flatten()
                    });
                    if again.is_some()
                        && let Some(host) = own.and_then(|own| store.host_mut(own))
                    {
                        host.mapped = true;
                    }
                    findings.push(lost(store, &id, &directory, &ip, leaves, again));
                }
            }
        }
        None => {
            findings.extend(dangling(store, &directory, &ip, leaves));
            let without = own.and_then(|place| {
                let (facts, host) = store.at(place)?;
                Some(unnamed(facts, host, wanted(store, facts, host)?, &directory, leaves))
            });
            if let Some(Some(finding)) = without {
                if let Some(host) = own.and_then(|own| store.host_mut(own)) {
                    host.mapped = true;
                }
                findings.push(finding);
            }
        }
    }
    findings
}

/// The hosts that no mapping leads to, once all mappings have been looked at.
pub fn missing(store: &Store, index: &Index) -> Vec<Finding> {
    let mut findings = Vec::new();
    for facts in &store.clusters {
        let About { id, group, .. } = &facts.about;
        for host in facts.hosts.iter().filter(|host| !host.mapped && !host.ip.is_empty()) {
            let what = format!("no mapping leads to `{}`, whose ip is `{}`", host.record, host.ip);
            let finding = Finding::new(Kind::HostWithoutMapping, what).of(id);
            let finding = finding.at(facts.record(host), host.revision);
            let directory = below(&below(&top(), group), &host.ip);
            // Two that share an ip cannot both have its mapping.
            let alone = index.ip.find(store, by_ip, (group, &host.ip)).len() == 1;
            let links = wanted(store, facts, host).filter(|_| alone && !host.ip_mapped);
            let leaves = links.and_then(|links| puts(&links, &directory).ok());
            findings.push(match leaves {
                Some(changes) if mapping::parse_ip(&host.ip).is_ok() => finding.fix(changes),
                _ => {
                    let record = facts.record(host);
                    let ip = &host.ip;
                    finding.mend(format!("Write one: `metactl mapping set {ip} host={record}`"))
                }
            });
        }
    }
    findings
}

/// The mapping that metactl would write for a host.
fn wanted(store: &Store, facts: &Facts, host: &Host) -> Option<Mapping> {
    let root = store.root.as_ref()?;
    let project = Path::parse("/projects").ok()?.child(&facts.about.project).ok()?;
    let links: Vec<(String, Path)> = facts
        .links
        .iter()
        .filter_map(|(service, id)| Some((service.clone(), root.child(id).ok()?)))
        .collect();
    let role = role_env::role(facts, host);
    let keys: Vec<String> =
        role.and_then(|role| facts.role_env.get(role)).into_iter().flatten().cloned().collect();
    let cluster_keys: Vec<String> = facts.env.iter().cloned().collect();
    let node = NodeLinks {
        cluster: &facts.about.path,
        record: &facts.record(host),
        instance_id: host.instance(),
        project: &project,
        links: &links,
        role_env: role.map(|role| RoleEnv { role, keys: &keys, cluster_keys: &cluster_keys }),
    };
    Mapping::of_node(&node).ok()
}

fn puts(links: &Mapping, directory: &Path) -> Result<Vec<Change>> {
    let leaves = links.leaves(directory)?;
    Ok(leaves.into_iter().map(|(path, real)| Change::put(path, real)).collect())
}

/// The host of a mapping is there: is the ip its own, and are its parameters?
fn of_host(
    store: &Store,
    id: &str,
    record: &str,
    directory: &Path,
    ip: &str,
    leaves: &[Leaf],
) -> Option<Finding> {
    let facts = store.cluster(id)?;
    let place = facts.hosts.binary_search_by(|host| (*host.record).cmp(record)).ok()?;
    let host = facts.hosts.get(place)?;
    if *host.ip == *ip || host.ip.is_empty() {
        return role_env::check(facts, host, directory, leaves);
    }
    let what = format!("the mapping of `{ip}` leads to `{record}`, whose ip is `{}`", host.ip);
    let finding = Finding::new(Kind::MappingOfOtherIp, what).of(id);
    let finding = finding.at(directory.clone(), newest(leaves)).at(facts.record(host), 0);
    Some(finding.mend(format!(
        "Take the mapping away, `metactl mapping rm {ip}`, or give the host its ip: `metactl put {}/ip {ip}`",
        facts.record(host)
    )))
}

/// Links, beside the one to the host, whose cluster or host is not there.
fn dangling(store: &Store, directory: &Path, ip: &str, leaves: &[Leaf]) -> Option<Finding> {
    let lost: Vec<&Leaf> = leaves.iter().filter(|leaf| dangles(store, &leaf.value)).collect();
    let first = lost.first()?;
    let what = match lost.as_slice() {
        [only] => {
            format!("`{}` of `{ip}` leads to `{}`, which is not there", only.name, only.value)
        }
        _ => format!(
            "{} links of `{ip}` lead to what is not there, as `{}`",
            lost.len(),
            first.value
        ),
    };
    let mut finding = Finding::new(Kind::DanglingMapping, what);
    finding.cluster = host_cluster(store, leaves).or_else(|| cluster_of(store, &first.value));
    for leaf in &lost {
        finding = finding.at(below(directory, &leaf.name), leaf.revision);
    }
    let places = finding.paths.clone();
    Some(finding.fix(places.into_iter().map(Change::delete)))
}

/// The host of a mapping is not there. `again` is what the ip's mapping should
/// be, where the cluster has another host with it.
fn lost(
    store: &Store,
    id: &str,
    directory: &Path,
    ip: &str,
    leaves: &[Leaf],
    again: Option<Mapping>,
) -> Finding {
    let what = match store.has(id) {
        false => format!("the mapping of `{ip}` leads to cluster `{id}`, which is not there"),
        true => format!("the mapping of `{ip}` leads to a host of `{id}` that is not there"),
    };
    let finding = Finding::new(Kind::DanglingMapping, what).of(id);
    let finding = finding.at(directory.clone(), newest(leaves));
    let whole = Change::delete_tree(directory.clone());
    if let Some(again) = again.and_then(|links| puts(&links, directory).ok()) {
        return finding.fix([whole].into_iter().chain(again));
    }
    // What others have made to lead elsewhere stays.
    let own = |leaf: &&Leaf| {
        leaf.name == "project"
            || dangles(store, &leaf.value)
            || cluster_of(store, &leaf.value).as_deref() == Some(id)
            || leaf.name.starts_with("links/")
    };
    if leaves.iter().all(|leaf| own(&leaf)) {
        return finding.fix([whole]);
    }
    let gone = leaves.iter().filter(own).map(|leaf| Change::delete(below(directory, &leaf.name)));
    finding.fix(gone)
}

/// A mapping without a link to its host: what is missing is added.
fn unnamed(
    facts: &Facts,
    host: &Host,
    links: Mapping,
    directory: &Path,
    leaves: &[Leaf],
) -> Option<Finding> {
    let clashes = |name: &str| {
        leaves.iter().any(|leaf| {
            mapping::below(&leaf.name, name).is_some() || mapping::below(name, &leaf.name).is_some()
        })
    };
    let changes: Vec<Change> = links
        .links()
        .filter(|(name, _)| !clashes(name))
        .map(|(name, real)| Change::put(below(directory, name), real.as_str()))
        .collect();
    let what = format!("the mapping of `{}` has no link to its host", host.ip);
    let finding = Finding::new(Kind::HostWithoutMapping, what).of(&facts.about.id);
    let finding = finding.at(directory.clone(), newest(leaves));
    (!clashes("host")).then(|| finding.fix(changes))
}

/// Links that are no paths.
fn no_paths(store: &Store, directory: &Path, ip: &str, leaves: &[Leaf]) -> Vec<Finding> {
    let wrong = leaves.iter().filter(|leaf| Path::parse(&leaf.value).is_err());
    let finding = |leaf: &Leaf| {
        let Leaf { name, value, revision } = leaf;
        let what =
            format!("`{name}` of `{ip}` is `{}` and not an absolute path", value.escape_debug());
        let mut finding = Finding::new(Kind::BadValue, what).at(below(directory, name), *revision);
        finding.cluster = host_cluster(store, leaves);
        finding.mend(format!("Write it: `metactl mapping set {ip} {name}=/PATH`"))
    };
    wrong.map(finding).collect()
}

/// Whether a link leads to a cluster or a host that is not there. What is there
/// only at times (`adding-hosts`, `cmd/…`) may be absent.
fn dangles(store: &Store, real: &str) -> bool {
    let Some(Target::Cluster(id, rest)) = target(store, real) else { return false };
    let Some(facts) = store.cluster(id) else { return !store.has(id) };
    let Some(place) = rest.strip_prefix("hosts/") else { return false };
    let has =
        |record: &str| facts.hosts.binary_search_by(|host| (*host.record).cmp(record)).is_ok();
    let mut above = place.match_indices('/').filter_map(|(slash, _)| place.get(..slash));
    let inside = format!("{place}/");
    let next = facts.hosts.partition_point(|host| *host.record < *inside);
    let holds = facts.hosts.get(next).is_some_and(|host| host.record.starts_with(&inside));
    // A record, what is in one, or a directory of some.
    !(has(place) || above.any(has) || holds)
}

fn host_cluster(store: &Store, leaves: &[Leaf]) -> Option<String> {
    let link = leaves.iter().find(|leaf| leaf.name == "host")?;
    cluster_of(store, &link.value)
}

fn cluster_of(store: &Store, real: &str) -> Option<String> {
    match target(store, real)? {
        Target::Cluster(id, _) => Some(id.to_owned()),
        Target::Elsewhere => None,
    }
}

fn target<'a>(store: &Store, real: &'a str) -> Option<Target<'a>> {
    let root = store.root.as_ref()?;
    let below = root.relative(real).map(|rest| rest.trim_start_matches('/')).unwrap_or_default();
    let (id, rest) = below.split_once('/').unwrap_or((below, ""));
    let in_cluster = id.starts_with("cl-");
    Some(if in_cluster { Target::Cluster(id, rest) } else { Target::Elsewhere })
}

fn newest(leaves: &[Leaf]) -> u64 {
    leaves.iter().map(|leaf| leaf.revision).max().unwrap_or_default()
}

fn top() -> Path {
    Path::from_stored(mapping::ROOT).unwrap_or_else(Path::root)
}
