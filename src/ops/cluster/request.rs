//! What a new cluster is wanted to be.

use std::path::Path as File;

use crate::error::{Error, Result};
use crate::model::app::json;
use crate::model::app::near;
use crate::model::app::package::{Described, Package, Wishes};
use crate::model::app::role::{self, REPLICA, Role};
use crate::model::app::spec::{Link, Spec};
use crate::model::app::yaml;
use crate::model::cidr::Cidr;
use crate::model::cluster::leaves;
use crate::model::{host, ids};

/// The network of clusters that name none: QingCloud's own basic one.
pub const VXNET: &str = "vxnet-0";
/// The zone of clusters that name none.
pub const ZONE: &str = "local";

/// A cluster to make; [`Request::check`] tells what of it cannot be.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Drawn when none is given.
    pub id: Option<String>,
    /// The package it is made from, and its name without directories.
    pub app: Option<(String, Package)>,
    /// The roles of a cluster without a package.
    pub roles: Vec<Role>,
    pub wishes: Wishes,
    /// Only these addresses; without, [`crate::model::cidr::DEFAULT`], widened when full.
    pub cidr: Option<Cidr>,
    pub zone: Option<String>,
    pub vxnet: Option<String>,
    pub project: String,
    pub set_cluster: Vec<(String, String)>,
    pub set_host: Vec<(String, String)>,
    /// The same ids at every run.
    pub seed: Option<u64>,
}

impl Request {
    /// Describes the cluster: fills the package, or takes the roles as they
    /// are. `Invalid` with everything that is wrong; nothing is read or written.
    pub fn check(&mut self) -> Result<Described> {
        if let Some(id) = &self.id {
            ids::check_cluster(id)?;
        }
        self.set_cluster.iter().try_for_each(|(name, _)| leaves::check_set(name))?;
        self.set_host.iter().try_for_each(|(name, _)| host::check_set(name))?;
        self.wishes.links.iter().try_for_each(|(_, cluster)| ids::check_cluster(cluster))?;
        self.wishes.vxnet = self.vxnet.clone().unwrap_or_else(|| VXNET.to_owned());
        match &self.app {
            Some((_, package)) => package.describe(&self.wishes),
            None => self.without_package(),
        }
    }

    fn without_package(&self) -> Result<Described> {
        let link = |(service, cluster): &(String, String)| Link {
            service: service.clone(),
            cluster: Some(cluster.clone()),
            at: 0,
        };
        let links = self.wishes.links.iter().map(link).collect();
        let spec = Spec { links, roles: self.roles.clone(), ..Spec::default() };
        if spec.nodes() == 0 {
            return Err(Error::invalid("a cluster needs at least one node")
                .hint("Give it some, as in `--role master=3`"));
        }
        let mut names: Vec<_> = self.roles.iter().map(|role| &role.name).collect();
        names.sort();
        if let Some([twice, _]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let name = twice.as_deref().unwrap_or_default();
            return Err(Error::invalid(format!("role `{name}` is given twice")));
        }
        Ok(Described { spec, special: Vec::new() })
    }
}

/// What `--role` takes after the count.
const ROLE_KEYS: [&str; 11] = [
    "cpu",
    "gpu",
    "memory",
    "volume_size",
    "instance_class",
    "gpu_class",
    "volume_class",
    "replica",
    "server_id_upper_bound",
    "passphraseless",
    "reserved_ip",
];

/// Reads `NAME=COUNT[,KEY=VALUE…]`; an empty name is the one kind of nodes of a
/// cluster without roles.
pub fn parse_role(text: &str) -> Result<Role> {
    let wrong = |why: String| Error::invalid(format!("role `{text}`: {why}"));
    let mut parts = text.split(',');
    let first = parts.next().unwrap_or_default();
    let Some((name, count)) = first.split_once('=') else {
        return Err(wrong("`NAME=COUNT`, as in `master=3,cpu=2`, is accepted".to_owned()));
    };
    let number = |key: &str, value: &str| {
        let number = value.parse::<u32>();
        number.map_err(|_| wrong(format!("{key} `{value}` is no whole number from 0 on")))
    };
    let mut made = Role { count: number("count", count)?, ..Role::default() };
    if !name.is_empty() {
        role::check_name(name).map_err(|why| wrong(format!("the name {why}")))?;
        made.name = Some(name.to_owned());
    }
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, "true"));
        match key {
            "cpu" => made.size.cpu = number(key, value)?,
            "gpu" => made.size.gpu = number(key, value)?,
            "memory" => made.size.memory = number(key, value)?,
            "volume_size" => made.size.volume_size = number(key, value)?,
            "instance_class" => made.size.instance_class = number(key, value)?,
            "gpu_class" => made.size.gpu_class = number(key, value)?,
            "volume_class" => made.size.volume_class = number(key, value)?,
            "replica" => made.replica = number(key, value)?,
            "server_id_upper_bound" => {
                made.server_id_upper_bound = Some(number(key, value)?).filter(|bound| *bound > 0);
            }
            "passphraseless" if matches!(value, "true" | "false") => {
                made.passphraseless = value == "true";
            }
            "passphraseless" => return Err(wrong(format!("{key} is `{value}`, not `true`"))),
            "reserved_ip" => made.reserved_ips.push((value.to_owned(), String::new())),
            other => {
                let instead = near::instead(other, &ROLE_KEYS, "properties of a role");
                return Err(wrong(format!("`{other}` is not known; {instead}")));
            }
        }
    }
    if made.replica > 0 && made.name.is_none() {
        return Err(wrong(format!("replicas need a role, theirs is `NAME{REPLICA}`")));
    }
    Ok(made)
}

/// Reads a file of values: JSON when its name says so, else YAML.
pub fn parse_values(name: &str, text: String) -> Result<(String, String, json::Node)> {
    let is_json = File::new(name).extension().is_some_and(|ending| ending == "json");
    let parsed = if is_json { json::parse(&text) } else { yaml::parse(&text) };
    match parsed {
        Ok(tree) => Ok((name.to_owned(), text, tree)),
        Err(broken) => {
            let line = json::line(&text, broken.at);
            let message = broken.message;
            let what = if is_json { "not JSON: " } else { "" };
            Err(Error::invalid(format!("values file `{name}` line {line}: {what}{message}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_with_its_properties() {
        let role = parse_role("master=3,cpu=2,memory=2048,replica=1,passphraseless").unwrap();
        assert_eq!(role.name.as_deref(), Some("master"));
        assert_eq!((role.count, role.replica, role.nodes()), (3, 1, 6));
        assert_eq!((role.size.cpu, role.size.memory, role.size.volume_size), (2, 2048, 10));
        assert!(role.passphraseless);
        assert_eq!(parse_role("=2").unwrap().name, None);
    }

    #[test]
    fn what_is_no_role_is_told() {
        for (text, part) in [
            ("master", "NAME=COUNT"),
            ("master=x", "no whole number"),
            ("master=-1", "no whole number"),
            ("m-replica=1", "those of replicas"),
            ("a/b=1", "letters, digits"),
            ("master=1,cpus=2", "near to it: `cpu`"),
            ("master=1,passphraseless=maybe", "not `true`"),
            ("=1,replica=1", "replicas need a role"),
        ] {
            let error = parse_role(text).unwrap_err();
            assert!(error.message().contains(part), "{text}: {error}");
        }
    }
}
