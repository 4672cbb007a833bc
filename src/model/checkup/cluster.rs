//! One cluster's own leaves: what is wrong in them, and what is kept of them.

use std::collections::HashMap;

use super::facts::{About, Facts, Host, Leaf};
use super::finding::{Finding, Kind};
use super::temporary::Temporary;
use super::{duplicates, value};
use crate::model::path::Path;
use crate::model::schema::{self, Key, Value};

/// Rows of the schema that have been looked for, by a host's leaf.
#[derive(Debug, Default)]
pub struct Rows(HashMap<String, Option<&'static Key>>);

/// Goes through the leaves of a cluster, sorted by name. `exists` tells which
/// clusters there are.
pub fn check(
    about: About,
    leaves: &[Leaf],
    rows: &mut Rows,
    exists: &dyn Fn(&str) -> bool,
) -> (Facts, Vec<Finding>) {
    let mut looking = Looking {
        facts: Facts {
            about,
            hosts: Vec::new(),
            env: Default::default(),
            role_env: Default::default(),
            links: Vec::new(),
            reserved: Default::default(),
        },
        temporary: Temporary::default(),
        findings: Vec::new(),
        leaves,
    };
    for leaf in leaves {
        looking.take(leaf, rows, exists);
    }
    looking.end()
}

struct Looking<'a> {
    facts: Facts,
    temporary: Temporary,
    findings: Vec<Finding>,
    leaves: &'a [Leaf],
}

impl Looking<'_> {
    fn take(&mut self, leaf: &Leaf, rows: &mut Rows, exists: &dyn Fn(&str) -> bool) {
        let (top, rest) = leaf.name.split_once('/').unwrap_or((&leaf.name, ""));
        let parameter = rest.split('/').next().unwrap_or_default();
        match top {
            "hosts" | "adding-hosts" | "deleting-hosts" => return self.host(top, rest, leaf, rows),
            "env" if !rest.is_empty() => drop(self.facts.env.insert(parameter.to_owned())),
            "role-env" => {
                let role = self.facts.role_env.entry(parameter.to_owned()).or_default();
                role.extend(rest.split('/').nth(1).map(str::to_owned));
            }
            "links" if !rest.is_empty() => return self.link(rest, leaf, exists),
            "vertical-scaling-roles" => self.temporary.scaling = Some(leaf.revision),
            "cluster" => self.of_cluster(rest, leaf),
            _ => {}
        }
        self.value(leaf, row(&leaf.name));
    }

    fn of_cluster(&mut self, rest: &str, leaf: &Leaf) {
        if rest.starts_with("upgrade-audit") {
            let newest = self.temporary.upgrade.unwrap_or_default().max(leaf.revision);
            self.temporary.upgrade = Some(newest);
        } else if let Some(reserved) = rest.strip_prefix("endpoints/reserved_ips/") {
            self.reserved(reserved, leaf);
        } else if rest == "cluster_id" && leaf.value != self.facts.about.id {
            let id = self.facts.about.id.clone();
            self.wrong(leaf, &format!("`{id}`, the cluster's own id"), &id);
        }
    }

    fn reserved(&mut self, below: &str, leaf: &Leaf) {
        if below.ends_with("/value") {
            self.facts.reserved.insert(leaf.value.clone());
        }
    }

    fn link(&mut self, service: &str, leaf: &Leaf, exists: &dyn Fn(&str) -> bool) {
        if exists(&leaf.value) {
            self.facts.links.push((service.to_owned(), leaf.value.clone()));
            return;
        }
        let id = &self.facts.about.id;
        let place = self.facts.below(&leaf.name);
        let what = format!("`{service}` is linked to `{}`, which is not there", leaf.value);
        let mend = format!("Take the link away: `metactl cluster unlink {id} {service}`");
        let finding = Finding::new(Kind::DanglingLink, what).of(id).at(place, leaf.revision);
        self.findings.push(finding.mend(mend));
    }

    /// A leaf below one of the directories that hold host records.
    fn host(&mut self, top: &str, rest: &str, leaf: &Leaf, rows: &mut Rows) {
        let Some((record, name)) = split_record(rest) else {
            return self.value(leaf, row(&leaf.name));
        };
        let row = rows.of_host(name);
        self.value(leaf, row);
        // Ids that are none lead nowhere.
        let fits = row.is_none_or(|row| value::wanted(row.value, &leaf.value).is_none());
        match top {
            "adding-hosts" => return newest(&mut self.temporary.adding, record, leaf.revision),
            "deleting-hosts" => return newest(&mut self.temporary.deleting, record, leaf.revision),
            _ => {}
        }
        // A record's leaves follow one another.
        if self.facts.hosts.last().is_none_or(|host| *host.record != *record) {
            self.facts.hosts.push(Host { record: record.into(), ..Host::default() });
        }
        let Some(host) = self.facts.hosts.last_mut() else { return };
        let text: Box<str> = leaf.value.as_str().into();
        host.revision = host.revision.max(leaf.revision);
        let (role, instance) = record.rsplit_once('/').unwrap_or(("", record));
        match name {
            "ip" => host.ip = crate::model::mapping::parse_ip(&text).map_or(text, String::into),
            "sid" if fits => host.sid = text,
            "gsid" if fits => host.gsid = text,
            "node_id" if fits => host.node_id = text,
            "role" if leaf.value != role => {
                self.wrong(leaf, &format!("`{role}`, the directory it is in"), role);
            }
            "instance_id" if leaf.value != instance => {
                self.wrong(leaf, &format!("`{instance}`, the directory it is in"), instance);
            }
            _ => {
                if let Some(reserved) = name.strip_prefix("reserved_ips/") {
                    self.reserved(reserved, leaf);
                }
            }
        }
    }

    /// Compares a value with its row of the schema.
    fn value(&mut self, leaf: &Leaf, row: Option<&'static Key>) {
        let Some(row) = row else { return };
        let Some(wanted) = value::wanted(row.value, &leaf.value) else { return };
        // One that is both is another finding.
        let inside = format!("{}/", leaf.name);
        if row.value == Value::Directory
            && self.leaves.iter().any(|other| other.name.starts_with(&inside))
        {
            return;
        }
        self.wrong(leaf, wanted, "VALUE");
    }

    fn wrong(&mut self, leaf: &Leaf, wanted: &str, right: &str) {
        let id = &self.facts.about.id;
        let place = self.facts.below(&leaf.name);
        let what = format!("`{}` is `{}` and not {wanted}", leaf.name, short(&leaf.value));
        let mend = match wanted {
            "a directory" => format!("Take it away: `metactl rm {place}`"),
            _ if right.is_empty() => format!("Write it: `metactl put {place} ''`"),
            _ => format!("Write it: `metactl put {place} {right}`"),
        };
        let finding = Finding::new(Kind::BadValue, what).of(id).at(place, leaf.revision);
        self.findings.push(finding.mend(mend));
    }

    fn end(mut self) -> (Facts, Vec<Finding>) {
        self.facts.hosts.sort_unstable_by(|one, other| one.record.cmp(&other.record));
        if self.facts.role_env.is_empty() {
            self.facts.env.clear();
        }
        let facts = &self.facts;
        let id = &facts.about.id;
        for host in facts.hosts.iter().filter(|host| host.ip.is_empty()) {
            let place = facts.record(host);
            let what = format!("`{}` has no ip", host.record);
            let mend = format!("Write it: `metactl put {place}/ip ADDRESS`");
            let finding = Finding::new(Kind::HostWithoutIp, what).of(id);
            self.findings.push(finding.at(place, host.revision).mend(mend));
        }
        self.findings.extend(self.temporary.findings(facts));
        self.findings.extend(duplicates::sids(facts));
        (self.facts, self.findings)
    }
}

impl Rows {
    fn of_host(&mut self, leaf: &str) -> Option<&'static Key> {
        if let Some(row) = self.0.get(leaf) {
            return *row;
        }
        let row = row(&format!("hosts/role/i-0/{leaf}"));
        // Custom metadata has as many names as there are people.
        if !leaf.contains('/') {
            self.0.insert(leaf.to_owned(), row);
        }
        row
    }
}

/// The row of the schema for a path in a cluster.
fn row(name: &str) -> Option<&'static Key> {
    let path = Path::from_stored(&format!("/cl-x/{name}"))?;
    Some(schema::find(&path, &Path::root())?.key)
}

/// The record and the leaf of a path below `hosts/`. Instances are `i-…`, which
/// no role may be called.
fn split_record(rest: &str) -> Option<(&str, &str)> {
    let mut slashes = rest.match_indices('/').map(|(place, _)| place);
    let slash = if rest.starts_with("i-") { slashes.next()? } else { slashes.nth(1)? };
    Some((rest.get(..slash)?, rest.get(slash + 1..)?))
}

fn newest(records: &mut std::collections::BTreeMap<String, u64>, record: &str, revision: u64) {
    match records.get_mut(record) {
        Some(newest) => *newest = revision.max(*newest),
        None => drop(records.insert(record.to_owned(), revision)),
    }
}

/// The beginning of a value, for a sentence of one line.
fn short(value: &str) -> String {
    let line: String = value.chars().take(40).flat_map(char::escape_debug).collect();
    if value.chars().count() > 40 { format!("{line}…") } else { line }
}
