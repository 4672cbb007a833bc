//! The nodes of a new cluster, with their ids, addresses and groups.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::plan::Draft;
use crate::error::{Error, Result};
use crate::model::app::role::Role;
use crate::model::cidr::Cidr;
use crate::model::host::{self, Host};
use crate::model::ids::Draw;

/// The nodes and where everything is.
pub(super) struct Placed {
    pub(super) hosts: Vec<Host>,
    pub(super) cidr: Cidr,
    /// The cluster's own reserved addresses, by name.
    pub(super) reserved: Vec<(String, String)>,
    /// All reserved addresses.
    pub(super) addresses: Vec<String>,
}

/// One node before it has ids.
struct Slot<'a> {
    role: &'a Role,
    replica: bool,
    gid: u32,
}

/// Gives every node its place: the masters of a role first, then their replicas.
pub(super) fn place(
    draft: &Draft<'_>,
    taken: &BTreeSet<Ipv4Addr>,
    draw: &mut Draw,
) -> Result<Placed> {
    let slots = slots(&draft.spec.roles);
    let wanted: Vec<&(String, String)> = draft
        .spec
        .roles
        .iter()
        .flat_map(|role| &role.reserved_ips)
        .chain(&draft.spec.reserved_ips)
        .collect();
    let mut taken = taken.clone();
    taken.extend(wanted.iter().filter_map(|(_, ip)| ip.parse::<Ipv4Addr>().ok()));
    let drawn = wanted.iter().filter(|(_, ip)| ip.is_empty()).count();
    let (cidr, free) = draft.cidr.lowest_free(slots.len() + drawn, &taken, draft.widen)?;
    let mut free = free.into_iter().map(|ip| ip.to_string());
    let sids = server_ids(&slots)?;
    let mut hosts: Vec<Host> = slots
        .iter()
        .zip(&sids)
        .map(|(slot, sid)| new_host(draft, slot, *sid, free.next().unwrap_or_default(), draw))
        .collect();
    let mut addresses = Vec::new();
    let mut reserve = |wanted: &[(String, String)]| -> Vec<(String, String)> {
        let given = wanted.iter().map(|(name, ip)| {
            let ip = if ip.is_empty() { free.next().unwrap_or_default() } else { ip.clone() };
            addresses.push(ip.clone());
            (name.clone(), ip)
        });
        given.collect()
    };
    for role in &draft.spec.roles {
        let reserved = reserve(&role.reserved_ips);
        let own = hosts.iter_mut().filter(|host| host.env_role == role.name);
        own.for_each(|host| host.reserved_ips = reserved.clone());
    }
    let reserved = reserve(&draft.spec.reserved_ips);
    Ok(Placed { hosts, cidr, reserved, addresses })
}

fn slots(roles: &[Role]) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    let mut groups = 0;
    for role in roles {
        let first = groups + 1;
        groups += role.count;
        slots.extend((first..=groups).map(|gid| Slot { role, replica: false, gid }));
        for gid in first..=groups {
            slots.extend((0..role.replica).map(|_| Slot { role, replica: true, gid }));
        }
    }
    slots
}

fn server_ids(slots: &[Slot<'_>]) -> Result<Vec<u32>> {
    let bounds: Vec<Option<u32>> =
        slots.iter().map(|slot| slot.role.server_id_upper_bound).collect();
    host::server_ids(&bounds, &BTreeSet::new()).ok_or_else(|| {
        let bounded = slots.iter().map(|slot| slot.role);
        let tightest = bounded
            .filter_map(|role| Some((role.server_id_upper_bound?, role)))
            .min_by_key(|(bound, _)| *bound);
        let (bound, name) = tightest.map_or((0, "nodes"), |(bound, role)| {
            (bound, role.name.as_deref().unwrap_or("nodes"))
        });
        Error::invalid(format!(
            "the server ids of `{name}` end at {bound} (`server_id_upper_bound`), which is too few for its nodes"
        ))
    })
}

fn new_host(draft: &Draft<'_>, slot: &Slot<'_>, sid: u32, ip: String, draw: &mut Draw) -> Host {
    let role = slot.role;
    let key = role.name.clone().unwrap_or_default();
    Host {
        role: if slot.replica { role.replica_name() } else { role.name.clone() },
        env_role: role.name.clone(),
        ip,
        mac: draw.mac(),
        sid,
        gid: slot.gid,
        gsid: draw.gsid(),
        node_id: draw.node(),
        instance_id: draw.instance(),
        size: role.size.clone(),
        physical_machine: draw.id("pm-"),
        zone: draft.zone.clone(),
        pub_key: draft.pub_keys.get(&key).cloned(),
        reserved_ips: Vec::new(),
        set: draft.set_host.to_vec(),
    }
}
