//! Scale-out: the new nodes, and every leaf that comes with them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::present::{Present, PresentHost};
use crate::error::{Error, Result};
use crate::model::app::known::App;
use crate::model::app::role::{REPLICA, Role, Size};
use crate::model::cidr::{self, Cidr};
use crate::model::cluster::{Leaf, records};
use crate::model::host::{self, Host};
use crate::model::ids::Draw;
use crate::model::mapping::{self, Mapping, NodeLinks, RoleEnv};
use crate::model::operation::Sizes;
use crate::model::path::Path;
use crate::model::rule::{self, Mode, Rule, Rules};

/// What is to come.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub role: Option<&'a str>,
    /// Groups where the role has replicas, else nodes.
    pub count: u32,
    pub sizes: &'a Sizes,
    /// The cluster's app, where it is known.
    pub app: Option<&'a App>,
}

/// The nodes that come.
#[derive(Debug, Clone)]
pub struct Grown {
    /// Masters first, then their replicas.
    pub hosts: Vec<Host>,
    /// The block of addresses, where it had to be widened.
    pub widened: Option<Cidr>,
}

impl Wanted<'_> {
    /// Checks what the app says: that nodes may be added at all, how many of a
    /// role there may be, which sizes they may have. `Invalid` with all that is wrong.
    pub fn check(&self, present: &Present) -> Result<()> {
        let Some(app) = self.app else { return Ok(()) };
        refuse_horizontal(app, self.role)?;
        let masters = present.of_role(self.role).count() as u64 + u64::from(self.count);
        let checked = [("count", Some(masters))].into_iter().chain(sizes(self.sizes));
        let mut wrong = Vec::new();
        for (field, value) in checked {
            wrong.extend(value.and_then(|value| check_field(app, self.role, field, value).err()));
        }
        match wrong.as_slice() {
            [] => Ok(()),
            all => Err(Error::invalid(all.join("; "))),
        }
    }

    /// Draws the nodes. `taken` are the addresses in use in the group.
    ///
    /// `Conflict` when addresses run out, `Invalid` when server ids do or
    /// nothing tells what a node of the role is like.
    pub fn grow(
        &self,
        present: &Present,
        taken: &BTreeSet<Ipv4Addr>,
        draw: &mut Draw,
    ) -> Result<Grown> {
        let like = self.like(present)?;
        let replicas = self.replicas(present);
        let gids = free_numbers(&present.numbers("gid"), self.count);
        let bound = self.app_role().and_then(|role| role.server_id_upper_bound);
        let total = self.count as usize * (replicas as usize + 1);
        let sids = host::server_ids(&vec![bound; total], &present.numbers("sid"));
        let sids = sids.ok_or_else(|| self.no_server_ids(bound))?;
        let (block, widen) = block(present);
        let (cidr, ips) = block.lowest_free(total, taken, widen)?;
        let masters = gids.iter().map(|gid| (*gid, false));
        let followers =
            gids.iter().flat_map(|gid| std::iter::repeat_n((*gid, true), replicas as usize));
        let slots = masters.chain(followers).zip(sids).zip(ips);
        let hosts = slots.map(|(((gid, replica), sid), ip)| {
            let role = self.role.map(str::to_owned);
            Host {
                role: if replica { role.as_ref().map(|r| format!("{r}{REPLICA}")) } else { role },
                env_role: self.role.map(str::to_owned),
                ip: ip.to_string(),
                mac: draw.mac(),
                sid,
                gid,
                gsid: draw.gsid(),
                node_id: draw.node(),
                instance_id: draw.instance(),
                size: self.sizes.over(&like.size),
                physical_machine: draw.id("pm-"),
                zone: like.zone.clone(),
                pub_key: like.pub_key.clone(),
                reserved_ips: like.reserved_ips.clone(),
                set: like.set.clone(),
            }
        });
        Ok(Grown { hosts: hosts.collect(), widened: (cidr != block).then_some(cidr) })
    }

    fn app_role(&self) -> Option<&Role> {
        self.app?.role(self.role)
    }

    /// Replicas of each master: as many as those of the first one have.
    fn replicas(&self, present: &Present) -> u32 {
        let Some(role) = self.role else { return 0 };
        let Some(first) = present.of_role(Some(role)).next() else {
            return self.app_role().map_or(0, |role| role.replica);
        };
        let name = format!("{role}{REPLICA}");
        let own = present.of_role(Some(&name)).filter(|one| one.get("gid") == first.get("gid"));
        u32::try_from(own.count()).unwrap_or(u32::MAX)
    }

    /// What a new node is like: the one with the role's lowest server id, else
    /// what the app says.
    fn like(&self, present: &Present) -> Result<Like> {
        if let Some(first) = present.of_role(self.role).next() {
            return Ok(Like::host(first));
        }
        match self.app_role() {
            Some(role) => Ok(Like::size(present, role.size.clone())),
            None if !self.sizes.is_empty() => Ok(Like::size(present, Size::default())),
            None => {
                let (id, name) = (present.id(), self.role.unwrap_or("nodes"));
                Err(Error::invalid(format!("cluster `{id}` has no node of `{name}` to copy"))
                    .hint("Say what new ones are like: `--cpu N --memory MIB --volume-size GIB`"))
            }
        }
    }

    fn no_server_ids(&self, bound: Option<u32>) -> Error {
        let name = self.role.unwrap_or("nodes");
        Error::invalid(format!(
            "the server ids of `{name}` end at {} (`server_id_upper_bound`), which is too few for {} more",
            bound.unwrap_or(u32::MAX),
            self.count
        ))
    }
}

/// What the record of a new node has from others.
struct Like {
    size: Size,
    zone: String,
    pub_key: Option<String>,
    reserved_ips: Vec<(String, String)>,
    set: Vec<(String, String)>,
}

impl Like {
    fn host(host: &PresentHost) -> Like {
        let reserved = host.leaves.iter().filter_map(|(leaf, value)| {
            let name = leaf.strip_prefix("reserved_ips/")?.strip_suffix("/value")?;
            Some((name.to_owned(), value.clone()))
        });
        let hypervisor = host.leaves.get("hypervisor");
        Like {
            size: host.size(),
            zone: host.get("zone").to_owned(),
            pub_key: host.leaves.get("pub_key").cloned(),
            reserved_ips: reserved.collect(),
            set: hypervisor
                .map(|name| ("hypervisor".to_owned(), name.clone()))
                .into_iter()
                .collect(),
        }
    }

    fn size(present: &Present, size: Size) -> Like {
        let zone = present.leaves.get("cluster/zone").or_else(|| present.record.get("zone"));
        Like {
            size,
            zone: zone.cloned().unwrap_or_default(),
            pub_key: None,
            reserved_ips: Vec::new(),
            set: Vec::new(),
        }
    }
}

/// `Invalid` when the app does not let users change the number of nodes.
pub fn refuse_horizontal(app: &App, role: Option<&str>) -> Result<()> {
    if app.allows(role, "scale_horizontal") {
        return Ok(());
    }
    let whose = role.map(|role| format!(" of `{role}`")).unwrap_or_default();
    Err(Error::invalid(format!("the app does not let users change the number of nodes{whose}"))
        .hint("Its package allows it by `\"advanced_actions\": [\"scale_horizontal\"]`"))
}

/// Checks a number against the property that fills a field of a role.
pub fn check_field(app: &App, role: Option<&str>, field: &str, value: u64) -> Result<(), String> {
    let Some(property) = app.field(role, field) else { return Ok(()) };
    let read = property.read(&value.to_string());
    read.and_then(|json| property.check(&json)).map_err(|why| format!("`{}`: {why}", property.path))
}

/// The fields of `nodes` that sizes fill.
pub fn sizes(sizes: &Sizes) -> impl Iterator<Item = (&'static str, Option<u64>)> {
    [
        ("cpu", sizes.cpu),
        ("gpu", sizes.gpu),
        ("memory", sizes.memory),
        ("volume.size", sizes.volume_size),
        ("instance_class", sizes.instance_class),
        ("volume.class", sizes.volume_class),
    ]
    .into_iter()
    .map(|(field, value)| (field, value.map(u64::from)))
}

/// The smallest numbers from 1 that are not taken.
fn free_numbers(taken: &BTreeSet<u32>, count: u32) -> Vec<u32> {
    (1..u32::MAX).filter(|number| !taken.contains(number)).take(count as usize).collect()
}

/// The block that addresses come from, and whether it may be widened: one that
/// a user has chosen may not.
fn block(present: &Present) -> (Cidr, bool) {
    if let Some(block) = present.record.get("cidr").and_then(|text| Cidr::parse(text).ok()) {
        return (block, block.contains(cidr::DEFAULT));
    }
    let lowest = present.hosts.iter().filter_map(|host| host.get("ip").parse().ok()).min();
    lowest.map_or((cidr::DEFAULT, true), |ip| (Cidr::around(ip), true))
}

/// Where things are that new nodes are linked to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub present: &'a Present,
    pub cluster_root: &'a Path,
    pub group: &'a str,
    pub project: &'a str,
    /// Whether the app's nodes may read everything.
    pub root_access: bool,
}

/// The leaves of new nodes: their records under `hosts/` and `adding-hosts/`,
/// their mapping and rules, what they claim.
pub fn leaves(place: &Place<'_>, hosts: &[Host]) -> Result<Vec<Leaf>> {
    let Place { present, group, .. } = place;
    let directory = &present.directory;
    let mut all = Vec::new();
    for host in hosts {
        let record = host.record(directory)?;
        let below = directory.child("hosts")?;
        let copy = below.relative(record.as_str()).unwrap_or_default().trim_start_matches('/');
        let copy = directory.child("adding-hosts")?.join(copy)?;
        for (name, value) in host.leaves() {
            all.push((copy.join(&name)?, value.clone()));
            all.push((record.join(&name)?, value));
        }
        let top = mapping::directory(group, &host.ip)?;
        for (path, real) in place.mapping(host, &record)?.leaves(&top)? {
            all.push((path, real.to_owned()));
        }
        if place.root_access {
            let rules = Rules(vec![Rule { path: Path::root(), mode: Mode::Read }]);
            let path = Path::parse(rule::ROOT)?.child(group)?.child(&host.ip)?;
            all.push((path, rules.to_json()));
        }
        all.push((records::gsid(&host.gsid)?, present.id().to_owned()));
        all.push((records::node_id(&host.node_id)?, format!("{group}/{}", host.ip)));
    }
    Ok(all)
}

impl Place<'_> {
    fn mapping(&self, host: &Host, record: &Path) -> Result<Mapping> {
        let present = self.present;
        let mut links = Vec::new();
        for (service, cluster) in present.links() {
            links.push((service.to_owned(), self.cluster_root.child(cluster)?));
        }
        // As for other nodes, the role is the one that the record says.
        let own = |role| (role, present.names(&format!("role-env/{role}")));
        let own = host.env_role.as_deref().map(own).filter(|(_, keys)| !keys.is_empty());
        let cluster_keys = present.names("env");
        Mapping::of_node(&NodeLinks {
            cluster: &present.directory,
            record,
            instance_id: &host.instance_id,
            project: &Path::parse("/projects")?.child(self.project)?,
            links: &links,
            role_env: own.as_ref().map(|(role, keys)| RoleEnv {
                role,
                keys,
                cluster_keys: &cluster_keys,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scale::present::tests::present;

    fn grow(leaves: &[(&str, &str)], role: Option<&str>, count: u32) -> Result<Grown> {
        let sizes = Sizes { cpu: Some(8), ..Sizes::default() };
        let wanted = Wanted { role, count, sizes: &sizes, app: None };
        wanted.grow(&present(leaves), &BTreeSet::new(), &mut Draw::new(Some(1)))
    }

    #[test]
    fn groups_come_with_their_replicas() {
        let grown = grow(
            &[
                ("hosts/m/i-1/sid", "1"),
                ("hosts/m/i-1/gid", "1"),
                ("hosts/m/i-1/memory", "512"),
                ("hosts/m/i-1/reserved_ips/vip/value", "10.0.0.9"),
                ("hosts/m-replica/i-2/sid", "3"),
                ("hosts/m-replica/i-2/gid", "1"),
                ("hosts/x/i-3/gid", "3"),
            ],
            Some("m"),
            2,
        )
        .unwrap();
        let seen: Vec<_> = grown
            .hosts
            .iter()
            .map(|host| (host.role.as_deref().unwrap(), host.sid, host.gid, host.ip.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("m", 2, 2, "192.168.100.1"),
                ("m", 4, 4, "192.168.100.2"),
                ("m-replica", 5, 2, "192.168.100.3"),
                ("m-replica", 6, 4, "192.168.100.4"),
            ]
        );
        let first = &grown.hosts[0];
        assert_eq!((first.size.cpu, first.size.memory), (8, 512));
        assert_eq!(first.reserved_ips, [("vip".to_owned(), "10.0.0.9".to_owned())]);
        assert_eq!(grown.widened, None);
    }

    #[test]
    fn a_full_block_of_hosts_is_widened() {
        let leaves: Vec<(String, String)> =
            (1..=254).map(|n| (format!("hosts/i-{n}/ip"), format!("10.0.1.{n}"))).collect();
        let borrowed: Vec<_> = leaves.iter().map(|(p, v)| (p.as_str(), v.as_str())).collect();
        let present = present(&borrowed);
        let taken = present.hosts.iter().map(|host| host.get("ip").parse().unwrap()).collect();
        let sizes = Sizes::default();
        let wanted = Wanted { role: None, count: 1, sizes: &sizes, app: None };
        let grown = wanted.grow(&present, &taken, &mut Draw::new(Some(1))).unwrap();
        assert_eq!(grown.widened.map(|block| block.to_string()).as_deref(), Some("10.0.0.0/23"));
        assert_eq!(grown.hosts[0].ip, "10.0.0.1");
    }

    #[test]
    fn a_role_without_nodes_needs_a_size() {
        let sizes = Sizes::default();
        let wanted = Wanted { role: Some("a"), count: 1, sizes: &sizes, app: None };
        let none = present(&[]);
        let error = wanted.grow(&none, &BTreeSet::new(), &mut Draw::new(Some(1))).unwrap_err();
        assert!(error.message().contains("no node of `a`"), "{error}");
        assert_eq!(grow(&[], Some("a"), 1).unwrap().hosts[0].size.cpu, 8);
    }

    #[test]
    fn every_leaf_of_a_new_node_is_there() {
        let leaves_there = [("hosts/a/i-1/sid", "1"), ("role-env/a/k", "1"), ("env/e", "2")];
        let grown = grow(&leaves_there, Some("a"), 1).unwrap();
        let present = present(&leaves_there);
        let place = Place {
            present: &present,
            cluster_root: &Path::root(),
            group: "default",
            project: "default",
            root_access: true,
        };
        let all = leaves(&place, &grown.hosts).unwrap();
        let id = &grown.hosts[0].instance_id;
        let has = |path: &str| all.iter().any(|(leaf, _)| leaf.as_str() == path);
        for path in [
            format!("/cl-1/hosts/a/{id}/ip"),
            format!("/cl-1/adding-hosts/a/{id}/ip"),
            "/_metad/mapping/default/192.168.100.1/host".to_owned(),
            "/_metad/mapping/default/192.168.100.1/env/k".to_owned(),
            "/_metad/rule/default/192.168.100.1".to_owned(),
            format!("/_metactl/claims/gsid/{}", grown.hosts[0].gsid),
        ] {
            assert!(has(&path), "{path}");
        }
    }
}
