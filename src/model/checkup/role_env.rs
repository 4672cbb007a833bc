//! The links of roles' parameters: one a key, the role's own first.

use std::collections::BTreeMap;

use super::facts::{Facts, Host, Leaf, below};
use super::finding::{Change, Finding, Kind};
use crate::model::app::role::REPLICA;
use crate::model::mapping;
use crate::model::path::Path;

/// The role whose parameters a host has, where that role has any: for a
/// replica, its master's.
pub(super) fn role<'a>(facts: &Facts, host: &'a Host) -> Option<&'a str> {
    let role = host.role()?;
    let role = role.strip_suffix(REPLICA).unwrap_or(role);
    facts.role_env.contains_key(role).then_some(role)
}

/// What the links below `env` should be, by name.
fn wanted(facts: &Facts, host: &Host) -> BTreeMap<String, Path> {
    let Some(role) = role(facts, host) else {
        return BTreeMap::from([("env".to_owned(), facts.below("env"))]);
    };
    let own = facts.role_env.get(role).into_iter().flatten();
    let shared = facts.env.iter().map(|key| (key, format!("env/{key}")));
    shared
        .chain(own.map(|key| (key, format!("role-env/{role}/{key}"))))
        .map(|(key, real)| (format!("env/{key}"), facts.below(&real)))
        .collect()
}

/// Compares a node's links with the parameters that there are. Links that
/// somebody has made to lead elsewhere than into the cluster stay.
pub(super) fn check(
    facts: &Facts,
    host: &Host,
    directory: &Path,
    leaves: &[Leaf],
) -> Option<Finding> {
    let of_env = |leaf: &&Leaf| mapping::below(&leaf.name, "env").is_some();
    let there: Vec<&Leaf> = leaves.iter().filter(of_env).collect();
    let cluster = &facts.about.path;
    if there.is_empty() || !there.iter().all(|leaf| cluster.relative(&leaf.value).is_some()) {
        return None;
    }
    let of_role = facts.below("role-env");
    let nested = there.iter().any(|leaf| of_role.relative(&leaf.value).is_some());
    if role(facts, host).is_none() && !nested {
        return None;
    }
    let mut wanted = wanted(facts, host);
    let mut changes = Vec::new();
    for leaf in &there {
        match wanted.remove(&leaf.name) {
            Some(real) if real.as_str() == leaf.value => {}
            Some(real) => changes.push(Change::put(below(directory, &leaf.name), real.as_str())),
            None => changes.push(Change::delete(below(directory, &leaf.name))),
        }
    }
    for (name, real) in wanted {
        changes.push(Change::put(below(directory, &name), real.as_str()));
    }
    if changes.is_empty() {
        return None;
    }
    let newest = there.iter().map(|leaf| leaf.revision).max().unwrap_or_default();
    let ip = &host.ip;
    let what = format!("the links of `{ip}` below `env` are not those of its role's parameters");
    let finding = Finding::new(Kind::RoleEnvOutOfStep, what).of(&facts.about.id);
    Some(finding.at(below(directory, "env"), newest).fix(changes))
}
