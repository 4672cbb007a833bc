//! Scale-in: the nodes that leave, and what an app says of those that stay.

use std::collections::{BTreeMap, BTreeSet};

use super::out::{check_field, refuse_horizontal};
use super::present::{Present, PresentHost};
use crate::error::{Error, Result};
use crate::model::app::known::App;
use crate::model::app::role::REPLICA;
use crate::model::operation::Node;

/// The nodes with the highest server ids of a role: `count` of them, or where
/// the role has replicas, `count` groups of a master and its replicas.
///
/// Masters come first, highest first, then replicas. `Invalid` when there are
/// fewer.
pub fn highest(present: &Present, role: Option<&str>, count: u32) -> Result<Vec<Node>> {
    let mut masters: Vec<&PresentHost> = present.of_role(role).collect();
    // Hosts stand by server id already.
    masters.reverse();
    if count == 0 {
        return Err(Error::invalid("no node is to leave; `--count` is 1 at least"));
    }
    if masters.len() < count as usize {
        let what = role.map(|role| format!("role `{role}`"));
        let what = what.unwrap_or_else(|| format!("cluster `{}`", present.id()));
        let have = masters.len();
        return Err(Error::invalid(format!("{what} has {have} to take away, not {count}")));
    }
    masters.truncate(count as usize);
    let groups: BTreeSet<u32> = masters.iter().map(|host| host.node().gid).collect();
    let replicas = role.map(|role| format!("{role}{REPLICA}"));
    let replicas = replicas.iter().flat_map(|role| present.of_role(Some(role)));
    let with_them = replicas.filter(|host| groups.contains(&host.node().gid));
    Ok(masters.into_iter().chain(with_them).map(PresentHost::node).collect())
}

/// The nodes that are named by instance id, node id or ip, in that order.
///
/// `NotFound` when there is no such node in the cluster, `Invalid` when one is
/// named twice.
pub fn named(present: &Present, names: &[String]) -> Result<Vec<Node>> {
    let mut nodes: Vec<Node> = Vec::new();
    for name in names {
        let is_it = |host: &&PresentHost| {
            host.instance_id == *name || host.get("node_id") == name || host.get("ip") == name
        };
        let id = present.id();
        let host = present.hosts.iter().find(is_it).ok_or_else(|| {
            Error::not_found(format!("cluster `{id}` has no node `{name}`"))
                .hint(format!("List its nodes: `metactl instance list --cluster {id}`"))
        })?;
        let node = host.node();
        if nodes.contains(&node) {
            let instance = &node.instance_id;
            return Err(Error::invalid(format!("`{name}` names node `{instance}` a second time")));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

/// Checks that these nodes may leave: groups go whole, somebody stays, and the
/// app takes what is left. `Invalid` with what is wrong.
///
/// A replica leaves without its master where `force` says so; a master never
/// leaves its replicas behind.
pub fn check(present: &Present, leaving: &[Node], app: Option<&App>, force: bool) -> Result<()> {
    groups_go_whole(present, leaving, force)?;
    if leaving.len() >= present.hosts.len() {
        let id = present.id();
        return Err(Error::invalid(format!("no node of cluster `{id}` would be left"))
            .hint(format!("Take the whole cluster away: `metactl cluster delete {id}`")));
    }
    let Some(app) = app else { return Ok(()) };
    let mut wrong = Vec::new();
    for (role, left) in left(present, leaving) {
        refuse_horizontal(app, role)?;
        wrong.extend(check_field(app, role, "count", left).err());
    }
    match wrong.as_slice() {
        [] => Ok(()),
        all => Err(Error::invalid(all.join("; "))),
    }
}

/// How many stay of each role that loses some; replicas are not counted, as
/// they belong to their masters.
fn left<'a>(present: &'a Present, leaving: &'a [Node]) -> BTreeMap<Option<&'a str>, u64> {
    let losing = leaving.iter().map(|node| node.role.as_deref());
    let losing = losing.filter(|role| !role.is_some_and(|role| role.ends_with(REPLICA)));
    let stays = |host: &&PresentHost| !leaves(host, leaving);
    losing.map(|role| (role, present.of_role(role).filter(stays).count() as u64)).collect()
}

fn leaves(host: &PresentHost, leaving: &[Node]) -> bool {
    leaving.iter().any(|node| node.instance_id == host.instance_id && node.role == host.role)
}

fn groups_go_whole(present: &Present, leaving: &[Node], force: bool) -> Result<()> {
    for node in leaving {
        let Some(role) = node.role.as_deref() else { continue };
        let master = role.strip_suffix(REPLICA);
        let partners = format!("{role}{REPLICA}");
        let partners = present.of_role(Some(master.unwrap_or(&partners)));
        let stay: Vec<&str> = partners
            .filter(|host| host.node().gid == node.gid && !leaves(host, leaving))
            .map(|host| host.instance_id.as_str())
            .collect();
        let Some(first) = stay.first() else { continue };
        let id = &node.instance_id;
        if master.is_none() {
            return Err(Error::invalid(format!(
                "`{id}` of `{role}` cannot leave without its replicas {}",
                listed(&stay)
            ))
            .hint(format!("Name them too: `metactl scale in {id} {}`", stay.join(" "))));
        }
        if !force {
            return Err(Error::invalid(format!(
                "`{id}` is a replica, and its master `{first}` would stay with fewer"
            ))
            .hint("Let a whole group leave by `--role ROLE --count N`, or insist with `--force`"));
        }
    }
    Ok(())
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The reserved addresses of roles that no node is left of, with the cluster's
/// id as claims have it.
pub fn freed_addresses(present: &Present, leaving: &[Node]) -> BTreeSet<String> {
    let reserved = |host: &PresentHost| {
        let address = |(leaf, ip): (&String, &String)| {
            let of = leaf.starts_with("reserved_ips/") && leaf.ends_with("/value");
            (of && !ip.is_empty()).then(|| ip.clone())
        };
        host.leaves.iter().filter_map(address).collect::<BTreeSet<String>>()
    };
    let (gone, stay): (Vec<_>, Vec<_>) =
        present.hosts.iter().partition(|host| leaves(host, leaving));
    let mut freed: BTreeSet<String> = gone.into_iter().flat_map(reserved).collect();
    let kept: BTreeSet<String> = stay.into_iter().flat_map(reserved).collect();
    // The cluster's own may be among them.
    let own = |ip: &String| {
        let leaves = present.leaves.iter();
        leaves.filter(|(leaf, _)| leaf.starts_with("cluster/")).any(|(_, value)| value == ip)
    };
    freed.retain(|ip| !kept.contains(ip) && !own(ip));
    freed
}

#[cfg(test)]
#[path = "leaving_tests.rs"]
mod tests;
