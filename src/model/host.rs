//! A host: one node's record under `hosts/`.

use std::collections::BTreeSet;

use super::app::role::Size;
use super::path::Path;
use crate::error::{Error, Result};

/// One host, as its record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// None in a cluster without roles.
    pub role: Option<String>,
    /// The role whose parameters it has: for a replica, its master's.
    pub env_role: Option<String>,
    pub ip: String,
    pub mac: String,
    pub sid: u32,
    pub gid: u32,
    pub gsid: String,
    pub node_id: String,
    pub instance_id: String,
    pub size: Size,
    pub physical_machine: String,
    pub zone: String,
    pub pub_key: Option<String>,
    /// Names and addresses.
    pub reserved_ips: Vec<(String, String)>,
    /// What the user wants its record to say beside and instead.
    pub set: Vec<(String, String)>,
}

/// The hypervisor that nodes are said to run on.
const HYPERVISOR: &str = "kvm";

impl Host {
    /// Where its record is, below the cluster's directory.
    pub fn record(&self, cluster: &Path) -> Result<Path> {
        let hosts = cluster.child("hosts")?;
        match &self.role {
            Some(role) => hosts.child(role)?.child(&self.instance_id),
            None => hosts.child(&self.instance_id),
        }
    }

    /// The leaves of its record: relative paths and values.
    pub fn leaves(&self) -> Vec<(String, String)> {
        let size = &self.size;
        let mut leaves: Vec<(String, String)> = [
            ("ip", self.ip.clone()),
            ("eip", String::new()),
            ("mac", self.mac.clone()),
            ("sid", self.sid.to_string()),
            ("gid", self.gid.to_string()),
            ("gsid", self.gsid.clone()),
            ("node_id", self.node_id.clone()),
            ("instance_id", self.instance_id.clone()),
            ("cpu", size.cpu.to_string()),
            ("gpu", size.gpu.to_string()),
            ("memory", size.memory.to_string()),
            ("volume_size", size.volume_size.to_string()),
            ("instance_class", size.instance_class.to_string()),
            ("gpu_class", size.gpu_class.to_string()),
            ("volume_class", size.volume_class.to_string()),
            ("physical_machine", self.physical_machine.clone()),
            ("zone", self.zone.clone()),
            ("hypervisor", HYPERVISOR.to_owned()),
            ("role", self.role.clone().unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        leaves.extend(self.pub_key.iter().map(|key| ("pub_key".to_owned(), key.clone())));
        let reserved = self.reserved_ips.iter();
        leaves
            .extend(reserved.map(|(name, ip)| (format!("reserved_ips/{name}/value"), ip.clone())));
        for (name, value) in &self.set {
            leaves.retain(|(other, _)| other != name);
            leaves.push((name.clone(), value.clone()));
        }
        leaves
    }
}

/// What of a host's record follows from the rest and cannot be chosen.
const OWN: [&str; 8] = ["ip", "mac", "sid", "gid", "gsid", "node_id", "instance_id", "role"];

/// Checks a name that somebody wants every host's record to have.
pub fn check_set(name: &str) -> Result<()> {
    let known = [
        "eip",
        "physical_machine",
        "zone",
        "hypervisor",
        "token",
        "instance_class",
        "gpu_class",
        "volume_class",
        "cpu",
        "gpu",
        "memory",
        "volume_size",
    ];
    if OWN.contains(&name) {
        return Err(Error::invalid(format!("`{name}` of a host is drawn and cannot be set")));
    }
    if known.contains(&name) || name.strip_prefix("attributes/").is_some_and(|key| !key.is_empty())
    {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "a host has no `{name}`; accepted are {} and `attributes/KEY`",
        super::app::near::listed(known)
    )))
}

/// The server ids of new nodes: the smallest free ones, for each node not above
/// its role's bound. `bounds` has one entry a node, in their order.
///
/// Nodes without a bound get theirs last where that is needed to make room.
pub fn server_ids(bounds: &[Option<u32>], taken: &BTreeSet<u32>) -> Option<Vec<u32>> {
    let in_order: Vec<usize> = (0..bounds.len()).collect();
    let mut by_bound = in_order.clone();
    by_bound.sort_by_key(|index| bounds.get(*index).copied().flatten().unwrap_or(u32::MAX));
    assign(&in_order, bounds, taken).or_else(|| assign(&by_bound, bounds, taken))
}

fn assign(order: &[usize], bounds: &[Option<u32>], taken: &BTreeSet<u32>) -> Option<Vec<u32>> {
    let mut free = (1..u32::MAX).filter(|id| !taken.contains(id));
    let mut ids = vec![0; bounds.len()];
    for index in order {
        let id = free.next()?;
        if bounds.get(*index).copied().flatten().is_some_and(|bound| id > bound) {
            return None;
        }
        *ids.get_mut(*index)? = id;
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bound_is_respected_whatever_the_order() {
        let none = BTreeSet::new();
        assert_eq!(server_ids(&[None, None, Some(9)], &none), Some(vec![1, 2, 3]));
        assert_eq!(server_ids(&[None, None, Some(1)], &none), Some(vec![2, 3, 1]));
        assert_eq!(server_ids(&[Some(1), Some(1)], &none), None);
        assert_eq!(server_ids(&[None, Some(3)], &BTreeSet::from([1, 3])), Some(vec![4, 2]));
    }

    #[test]
    fn only_what_is_not_drawn_can_be_set() {
        check_set("eip").unwrap();
        check_set("attributes/tags").unwrap();
        for name in ["ip", "attributes/", "nothing"] {
            assert!(check_set(name).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn server_ids_are_the_smallest_free_ones(
            taken in proptest::collection::btree_set(1u32..40, 0..20),
            bounds in proptest::collection::vec(proptest::option::of(20u32..80), 0..20),
        ) {
            if let Some(ids) = server_ids(&bounds, &taken) {
                let drawn: BTreeSet<u32> = ids.iter().copied().collect();
                prop_assert_eq!(drawn.len(), bounds.len());
                prop_assert!(drawn.is_disjoint(&taken));
                let highest = drawn.last().copied().unwrap_or(0);
                prop_assert!((1..highest).all(|id| drawn.contains(&id) || taken.contains(&id)));
                for (id, bound) in ids.iter().zip(&bounds) {
                    prop_assert!(bound.is_none_or(|bound| *id <= bound));
                }
            }
        }
    }
}
