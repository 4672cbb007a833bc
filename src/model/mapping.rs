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
