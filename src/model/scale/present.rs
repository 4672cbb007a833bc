//! A cluster that is there, as its tree and its record tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::app::role::{REPLICA, Size};
use crate::model::operation::Node;
use crate::model::path::Path;

/// Leaves by relative path.
pub type Leaves = BTreeMap<String, String>;

/// A cluster with its hosts.
#[derive(Debug, Clone)]
pub struct Present {
    /// The cluster's directory.
    pub directory: Path,
    /// Sorted by role and server id.
    pub hosts: Vec<PresentHost>,
    /// The other leaves below the directory.
    pub leaves: Leaves,
    /// metactl's record of it; empty for one that others have written.
    pub record: Leaves,
}

/// One host as its record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentHost {
    /// None in a cluster without roles.
    pub role: Option<String>,
    pub instance_id: String,
    pub leaves: Leaves,
}

impl Present {
    /// Takes the leaves of a cluster, by their paths below `directory`, and of
    /// its record.
    pub fn new(
        directory: Path,
        leaves: impl IntoIterator<Item = (String, String)>,
        record: Leaves,
    ) -> Present {
        let mut hosts: BTreeMap<(Option<String>, String), Leaves> = BTreeMap::new();
        let mut others = Leaves::new();
        for (path, value) in leaves {
            match path.strip_prefix("hosts/").and_then(host_leaf) {
                Some((role, instance, leaf)) => {
                    let key = (role.map(str::to_owned), instance.to_owned());
                    hosts.entry(key).or_default().insert(leaf.to_owned(), value);
                }
                None => drop(others.insert(path, value)),
            }
        }
        let host = |((role, instance_id), leaves)| PresentHost { role, instance_id, leaves };
        let mut hosts: Vec<PresentHost> = hosts.into_iter().map(host).collect();
        hosts.sort_by_cached_key(|host| {
            (host.role.clone(), host.number("sid").unwrap_or(u32::MAX), host.instance_id.clone())
        });
        Present { directory, hosts, leaves: others, record }
    }

    /// The cluster's id.
    pub fn id(&self) -> &str {
        self.directory.name().unwrap_or_default()
    }

    /// The hosts of a role, by server id.
    pub fn of_role(&self, role: Option<&str>) -> impl Iterator<Item = &PresentHost> {
        self.hosts.iter().filter(move |host| host.role.as_deref() == role)
    }

    /// The roles that have nodes, without those of replicas; none in a cluster
    /// without roles.
    pub fn roles(&self) -> BTreeSet<&str> {
        let named = self.hosts.iter().filter_map(|host| host.role.as_deref());
        named.filter(|role| !role.ends_with(REPLICA)).collect()
    }

    /// Whether its hosts lie right below `hosts/`.
    pub fn is_without_roles(&self) -> bool {
        self.hosts.iter().any(|host| host.role.is_none())
    }

    /// The names right below a directory of the cluster, such as `env`.
    pub fn names(&self, directory: &str) -> Vec<String> {
        let below = |path: &str| path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned);
        let first = |rest: String| rest.split('/').next().map(str::to_owned);
        let names: BTreeSet<String> =
            self.leaves.keys().filter_map(|path| below(path)).filter_map(first).collect();
        names.into_iter().collect()
    }

    /// Clusters it is linked to, by service.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.leaves.iter().filter_map(|(path, cluster)| {
            let service = path.strip_prefix("links/").filter(|name| !name.contains('/'))?;
            Some((service, cluster.as_str()))
        })
    }

    /// The server ids, or group ids, in use.
    pub fn numbers(&self, leaf: &str) -> BTreeSet<u32> {
        self.hosts.iter().filter_map(|host| host.number(leaf)).collect()
    }
}

impl PresentHost {
    /// A leaf of its record; empty when it is not there.
    pub fn get(&self, leaf: &str) -> &str {
        self.leaves.get(leaf).map_or("", String::as_str)
    }

    /// A leaf that is a number.
    pub fn number(&self, leaf: &str) -> Option<u32> {
        self.get(leaf).parse().ok()
    }

    /// How large it is; what its record does not say is as usual.
    pub fn size(&self) -> Size {
        let usual = Size::default();
        Size {
            cpu: self.number("cpu").unwrap_or(usual.cpu),
            gpu: self.number("gpu").unwrap_or(usual.gpu),
            memory: self.number("memory").unwrap_or(usual.memory),
            volume_size: self.number("volume_size").unwrap_or(usual.volume_size),
            instance_class: self.number("instance_class").unwrap_or(usual.instance_class),
            gpu_class: self.number("gpu_class").unwrap_or(usual.gpu_class),
            volume_class: self.number("volume_class").unwrap_or(usual.volume_class),
        }
    }

    /// Where its record is.
    pub fn record(&self, cluster: &Path) -> Result<Path> {
        self.node().below(&cluster.child("hosts")?)
    }

    /// The node that an operation names.
    pub fn node(&self) -> Node {
        Node {
            role: self.role.clone(),
            ip: self.get("ip").to_owned(),
            sid: self.number("sid").unwrap_or(0),
            gid: self.number("gid").unwrap_or(0),
            gsid: self.get("gsid").to_owned(),
            instance_id: self.instance_id.clone(),
            node_id: self.get("node_id").to_owned(),
        }
    }
}

/// The role that is meant: the one that is named, else the only one there is;
/// none in a cluster without roles. `known` are further roles that may be named.
pub fn choose_role(
    present: &Present,
    known: &[&str],
    given: Option<&str>,
) -> Result<Option<String>> {
    let id = present.id();
    let mut roles = present.roles();
    roles.extend(known);
    let listed = || roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ");
    match given {
        Some(role) if present.is_without_roles() => {
            Err(Error::invalid(format!("cluster `{id}` has no roles, so it has no `{role}`"))
                .hint("Leave the role out"))
        }
        Some(role) if roles.contains(role) => Ok(Some(role.to_owned())),
        Some(role) if role.ends_with(REPLICA) => {
            let master = role.trim_end_matches(REPLICA);
            Err(Error::invalid(format!(
                "the nodes of `{role}` come and go with those of `{master}`"
            ))
            .hint(format!("Name `{master}`")))
        }
        Some(role) => Err(Error::not_found(format!(
            "cluster `{id}` has no role `{role}`; there is {}",
            listed()
        ))),
        None if present.is_without_roles() => Ok(None),
        None => match (roles.first(), roles.len()) {
            (Some(only), 1) => Ok(Some((*only).to_owned())),
            _ => Err(Error::invalid(format!(
                "cluster `{id}` has several roles, and none is named; there is {}",
                listed()
            ))),
        },
    }
}

/// A leaf of a host's record, by its path below `hosts/`: role, instance and the
/// leaf's own path.
fn host_leaf(name: &str) -> Option<(Option<&str>, &str, &str)> {
    let (first, rest) = name.split_once('/')?;
    if first.starts_with("i-") {
        return Some((None, first, rest));
    }
    let (instance, leaf) = rest.split_once('/')?;
    Some((Some(first), instance, leaf))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn present(leaves: &[(&str, &str)]) -> Present {
        let owned = leaves.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
        Present::new(Path::parse("/cl-1").unwrap(), owned, Leaves::new())
    }

    #[test]
    fn hosts_stand_by_role_and_server_id() {
        let present = present(&[
            ("hosts/b/i-1/sid", "10"),
            ("hosts/b/i-2/sid", "9"),
            ("hosts/b-replica/i-4/sid", "11"),
            ("hosts/a/i-3/sid", "12"),
            ("hosts/a/i-3/attributes/k", "v"),
            ("env/port", "1"),
            ("links/zk", "cl-2"),
        ]);
        let order: Vec<_> = present.hosts.iter().map(|host| host.instance_id.as_str()).collect();
        assert_eq!(order, ["i-3", "i-2", "i-1", "i-4"]);
        assert_eq!(present.roles().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(present.names("env"), ["port"]);
        assert_eq!(present.links().collect::<Vec<_>>(), [("zk", "cl-2")]);
        assert!(!present.is_without_roles());
    }

    #[test]
    fn a_role_is_named_or_the_only_one() {
        let roles = present(&[("hosts/a/i-1/sid", "1"), ("hosts/b/i-2/sid", "2")]);
        assert_eq!(choose_role(&roles, &[], Some("a")).unwrap().as_deref(), Some("a"));
        assert_eq!(choose_role(&roles, &["c"], Some("c")).unwrap().as_deref(), Some("c"));
        for wrong in [None, Some("x"), Some("a-replica")] {
            assert!(choose_role(&roles, &[], wrong).is_err(), "{wrong:?}");
        }
        let plain = present(&[("hosts/i-1/sid", "1")]);
        assert_eq!(choose_role(&plain, &[], None).unwrap(), None);
        assert!(choose_role(&plain, &[], Some("a")).is_err());
        let one = present(&[("hosts/a/i-1/sid", "1"), ("hosts/a-replica/i-2/sid", "2")]);
        assert_eq!(choose_role(&one, &[], None).unwrap().as_deref(), Some("a"));
    }
}
