//! The mapping of a node: what each name under `/self` stands for.
//!
//! It is stored as leaves, `/_metad/mapping/<group>/<ip>/<name>[/…]`, each with
//! the absolute path that `/self/<name>` stands for: metad's own layout.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::error::{Error, Result};
use crate::model::path::Path;

/// Where all mappings are.
pub const ROOT: &str = "/_metad/mapping";

/// The links of one node, sorted by name.
///
/// A name is relative and may be nested: `host`, `links/zk`, `env/port`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    links: BTreeMap<String, Path>,
}

impl Mapping {
    /// A mapping without any link.
    pub fn new() -> Mapping {
        Mapping::default()
    }

    /// The mapping that a store holds: names relative to the node's directory
    /// (with or without leading slash) and values. What is no absolute path, or
    /// leads into metactl's own records, is a link to nowhere and is left out.
    pub fn from_leaves<'a>(leaves: impl IntoIterator<Item = (&'a str, &'a str)>) -> Mapping {
        let links = leaves.into_iter().filter_map(|(name, value)| {
            let real = Path::parse(value).ok().filter(|real| !is_bookkeeping(real))?;
            Some((name.trim_start_matches('/').to_owned(), real))
        });
        Mapping { links: links.collect() }
    }

    /// Adds the link `name` (possibly nested, `links/zk`) to `real`, in place of
    /// one of the same name. `Invalid` when `name` is no relative path, when it
    /// would be a link and a directory of links, or when `real` is metactl's own.
    pub fn insert(&mut self, name: &str, real: Path) -> Result<()> {
        let name = Path::root().join(name)?.as_str().trim_start_matches('/').to_owned();
        if name.is_empty() {
            return Err(Error::invalid("a link needs a name, such as `host` or `links/zk`"));
        }
        if is_bookkeeping(&real) {
            return Err(Error::invalid(format!(
                "link `{name}` leads to `{real}`, which no node may see"
            )));
        }
        let clash = self.links.keys().find(|other| {
            below(&name, other).is_some_and(|rest| !rest.is_empty())
                || below(other, &name).is_some_and(|rest| !rest.is_empty())
        });
        if let Some(other) = clash {
            return Err(Error::invalid(format!(
                "link `{name}` clashes with `{other}`: a name is a link or a directory of links"
            )));
        }
        self.links.insert(name, real);
        Ok(())
    }

    /// The mapping that a document holds: an object of names, each with an absolute
    /// path or an object of further names. `Invalid`, naming the entry, for
    /// anything else.
    pub fn from_json(document: &serde_json::Value) -> Result<Mapping> {
        let mut mapping = Mapping::new();
        mapping.take_json("", document)?;
        Ok(mapping)
    }

    fn take_json(&mut self, name: &str, value: &serde_json::Value) -> Result<()> {
        match value {
            serde_json::Value::String(real) if !name.is_empty() => {
                let real = Path::parse(real)
                    .map_err(|error| error.within(format!("reading the link `{name}`")))?;
                self.insert(name, real)
            }
            serde_json::Value::Object(map) => map.iter().try_for_each(|(key, value)| {
                Path::root().child(key)?;
                let slash = if name.is_empty() { "" } else { "/" };
                self.take_json(&format!("{name}{slash}{key}"), value)
            }),
            _ if name.is_empty() => {
                Err(Error::invalid("a mapping is an object of names, each with an absolute path"))
            }
            _ => Err(Error::invalid(format!(
                "link `{name}` is no text; an absolute path or an object of names is accepted"
            ))),
        }
    }

    /// The mapping of a cluster's node, as metactl writes it.
    pub fn of_node(node: &NodeLinks<'_>) -> Result<Mapping> {
        let cluster = node.cluster;
        let mut mapping = Mapping::new();
        mapping.insert("host", node.record.clone())?;
        mapping.insert("cmd", cluster.child("cmd")?.child(node.instance_id)?)?;
        mapping.insert("project", node.project.clone())?;
        for name in SHARED {
            mapping.insert(name, cluster.child(name)?)?;
        }
        for (service, linked) in node.links {
            mapping.insert(&format!("links/{service}"), linked.clone())?;
        }
        match &node.role_env {
            None => mapping.insert("env", cluster.child("env")?)?,
            Some(env) => {
                // The role's own parameters come last and so in place of the cluster's.
                let own = cluster.child("role-env")?.child(env.role)?;
                for (directory, keys) in
                    [(cluster.child("env")?, env.cluster_keys), (own, env.keys)]
                {
                    for key in keys {
                        mapping.insert(&format!("env/{key}"), directory.child(key)?)?;
                    }
                }
            }
        }
        Ok(mapping)
    }

    /// The leaves that hold this mapping in a store, below the node's `directory`.
    pub fn leaves(&self, directory: &Path) -> Result<Vec<(Path, &str)>> {
        self.links.iter().map(|(name, real)| Ok((directory.join(name)?, real.as_str()))).collect()
    }

    /// The links, sorted bytewise by name.
    pub fn links(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.links.iter().map(|(name, real)| (name.as_str(), real))
    }

    /// What the link of exactly that name leads to.
    pub fn get(&self, name: &str) -> Option<&Path> {
        self.links.get(name)
    }

    /// Whether there is no link at all.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

/// The names that lead to what all nodes of a cluster share.
const SHARED: [&str; 5] =
    ["hosts", "cluster", "adding-hosts", "deleting-hosts", "vertical-scaling-roles"];

/// What the mapping of a cluster's node is made from.
#[derive(Debug, Clone)]
pub struct NodeLinks<'a> {
    /// The cluster's directory.
    pub cluster: &'a Path,
    /// The node's host record.
    pub record: &'a Path,
    pub instance_id: &'a str,
    /// The project's directory.
    pub project: &'a Path,
    /// Services and the directories of the clusters they are linked to.
    pub links: &'a [(String, Path)],
    /// Set where the node's role has parameters of its own.
    pub role_env: Option<RoleEnv<'a>>,
}

/// The parameters that the nodes of a role see: each key is one link.
#[derive(Debug, Clone)]
pub struct RoleEnv<'a> {
    pub role: &'a str,
    /// The role's own keys, which come first.
    pub keys: &'a [String],
    pub cluster_keys: &'a [String],
}

/// The directory of one node's mapping. `Invalid` when `group` is no segment or
/// `ip` no address; the address is brought into its one spelling.
pub fn directory(group: &str, ip: &str) -> Result<Path> {
    group_directory(group)?.child(&parse_ip(ip)?)
}

/// The directory of all mappings of a group.
pub fn group_directory(group: &str) -> Result<Path> {
    Path::parse(ROOT)?.child(group)
}

/// An IPv4 or IPv6 address in its one spelling.
pub fn parse_ip(text: &str) -> Result<String> {
    match text.parse::<IpAddr>() {
        Ok(ip) => Ok(ip.to_string()),
        Err(_) => Err(Error::invalid(format!(
            "`{text}` is no ip address; one such as `192.168.100.2` is accepted"
        ))),
    }
}

/// Whether `path` is among the records that metactl keeps for itself.
pub fn is_bookkeeping(path: &Path) -> bool {
    path.segments().next() == Some("_metactl")
}

/// What is left of `name` below `top`, by whole segments: empty for `top` itself.
pub(crate) fn below<'a>(name: &'a str, top: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(top)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A host's record as its path tells it: `…/<cluster>/hosts/[<role>/]<instance>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPath {
    /// The cluster's directory.
    pub cluster: Path,
    /// None in a cluster without roles.
    pub role: Option<String>,
    pub instance_id: String,
}

impl RecordPath {
    /// Takes a record's path apart; none when it is not the path of one.
    pub fn of(record: &Path) -> Option<RecordPath> {
        let segments: Vec<&str> = record.segments().collect();
        let hosts = segments.iter().rposition(|segment| *segment == "hosts")?;
        let (role, instance_id) = match segments.get(hosts + 1..)? {
            [instance] => (None, (*instance).to_owned()),
            [role, instance] => (Some((*role).to_owned()), (*instance).to_owned()),
            _ => return None,
        };
        let cluster = Path::from_stored(&format!("/{}", segments.get(..hosts)?.join("/")))?;
        (!cluster.is_root()).then_some(RecordPath { cluster, role, instance_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_a_link_or_a_directory_of_links() {
        let mut mapping = Mapping::new();
        mapping.insert("env/port", path("/cl-1/env/port")).unwrap();
        mapping.insert("env-x", path("/cl-1/x")).unwrap();
        assert!(mapping.insert("env", path("/cl-1/env")).is_err());
        assert!(mapping.insert("env/port/x", path("/cl-1/env")).is_err());
        assert!(mapping.insert("", path("/cl-1")).is_err());
        assert!(mapping.insert("own", path("/_metactl/self")).is_err());
        mapping.insert("env/port", path("/cl-1/role-env/a/port")).unwrap();
        assert_eq!(mapping.get("env/port"), Some(&path("/cl-1/role-env/a/port")));
    }

    #[test]
    fn a_node_sees_its_cluster() {
        let (cluster, record) = (path("/cl-1"), path("/cl-1/hosts/a/i-1"));
        let (project, links) = (path("/projects/default"), [("zk".to_owned(), path("/cl-2"))]);
        let mut node = NodeLinks {
            cluster: &cluster,
            record: &record,
            instance_id: "i-1",
            project: &project,
            links: &links,
            role_env: None,
        };
        let names = |mapping: &Mapping| {
            mapping.links().map(|(name, real)| format!("{name}={real}")).collect::<Vec<_>>()
        };
        let plain = [
            "adding-hosts=/cl-1/adding-hosts",
            "cluster=/cl-1/cluster",
            "cmd=/cl-1/cmd/i-1",
            "deleting-hosts=/cl-1/deleting-hosts",
            "env=/cl-1/env",
            "host=/cl-1/hosts/a/i-1",
            "hosts=/cl-1/hosts",
            "links/zk=/cl-2",
            "project=/projects/default",
            "vertical-scaling-roles=/cl-1/vertical-scaling-roles",
        ];
        assert_eq!(names(&Mapping::of_node(&node).unwrap()), plain);
        let (keys, cluster_keys) = (["port".to_owned()], ["max".to_owned(), "port".to_owned()]);
        node.role_env = Some(RoleEnv { role: "a", keys: &keys, cluster_keys: &cluster_keys });
        let nested = Mapping::of_node(&node).unwrap();
        assert_eq!(nested.get("env"), None);
        assert_eq!(nested.get("env/max"), Some(&path("/cl-1/env/max")));
        assert_eq!(nested.get("env/port"), Some(&path("/cl-1/role-env/a/port")));
        let leaves = nested.leaves(&directory("default", "10.0.0.1").unwrap()).unwrap();
        assert!(leaves.contains(&(
            path("/_metad/mapping/default/10.0.0.1/env/port"),
            "/cl-1/role-env/a/port"
        )));
    }

    #[test]
    fn documents_are_objects_of_paths() {
        let read = |text: &str| Mapping::from_json(&serde_json::from_str(text).unwrap());
        let mapping = read(r#"{"host": "/cl-1/hosts/i-1", "links": {"zk": "/cl-2"}}"#).unwrap();
        assert_eq!(mapping.get("links/zk"), Some(&path("/cl-2")));
        for (bad, why) in [
            (r#""/x""#, "object of names"),
            (r#"{"a": 1}"#, "`a` is no text"),
            (r#"{"a": {"b": "x"}}"#, "link `a/b`"),
            (r#"{"a/b": "/x"}"#, "`a/b`"),
        ] {
            assert!(read(bad).unwrap_err().message().contains(why), "{bad}");
        }
    }

    #[test]
    fn links_to_nowhere_are_left_out() {
        let leaves = [("/host", "/cl-1/hosts/i-1"), ("x", "cl-1"), ("y", "/_metactl/log")];
        let mapping = Mapping::from_leaves(leaves);
        assert_eq!(mapping.links().collect::<Vec<_>>(), [("host", &path("/cl-1/hosts/i-1"))]);
    }

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(directory("default", "::0:1").unwrap(), path("/_metad/mapping/default/::1"));
        assert!(directory("default", "10.0.0.256").is_err());
        assert!(directory("a/b", "10.0.0.1").is_err());
    }

    #[test]
    fn a_record_tells_cluster_and_role() {
        let record = RecordPath::of(&path("/clusters/cl-1/hosts/master/i-1")).unwrap();
        assert_eq!(record.cluster, path("/clusters/cl-1"));
        assert_eq!(record.role.as_deref(), Some("master"));
        assert_eq!(record.instance_id, "i-1");
        assert_eq!(RecordPath::of(&path("/cl-1/hosts/i-1")).unwrap().role, None);
        for other in ["/cl-1/hosts", "/hosts/i-1", "/cl-1/hosts/a/b/ip", "/x"] {
            assert_eq!(RecordPath::of(&path(other)), None, "{other}");
        }
    }
}
