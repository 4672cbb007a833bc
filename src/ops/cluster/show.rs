//! One cluster at a glance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::app;
use super::secrets::Secrets;
use super::summary::{self, Leaves};
use crate::error::{Error, Result};
use crate::model::app::known::App;
use crate::model::app::spec::Reference;
use crate::model::cluster::records;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// A cluster, as much as a person wants to see of it. What nobody has written
/// down is empty.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub id: String,
    pub path: Path,
    /// The name its app's form was given.
    pub name: String,
    pub app: String,
    pub version: String,
    pub state: String,
    pub created: String,
    pub project: String,
    pub vxnet: String,
    pub zone: String,
    pub cidr: String,
    pub roles: Vec<Role>,
    pub hosts: Vec<Host>,
    /// Parameters of all nodes; secrets are masked.
    pub env: BTreeMap<String, String>,
    /// Parameters of single roles.
    pub role_env: BTreeMap<String, BTreeMap<String, String>>,
    /// Clusters it depends on, by service.
    pub links: BTreeMap<String, String>,
    pub endpoints: Vec<Endpoint>,
    /// Reserved addresses by name.
    pub reserved_ips: BTreeMap<String, String>,
}

/// A role and the size of its nodes: that of the one with the lowest server id.
#[derive(Debug, Clone, Serialize)]
pub struct Role {
    pub role: String,
    pub nodes: usize,
    pub cpu: String,
    /// In MiB.
    pub memory: String,
    /// In GiB.
    pub volume_size: String,
}

/// One host.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    pub role: String,
    pub ip: String,
    pub sid: String,
    pub gid: String,
    pub instance_id: String,
    pub node_id: String,
}

/// A service it offers.
#[derive(Debug, Clone, Serialize)]
pub struct Endpoint {
    pub service: String,
    pub protocol: String,
    /// As it is stored: a port, or a reference to a parameter.
    pub port: String,
    /// What the reference leads to; the same as `port` where it is none, empty
    /// where it leads to nothing.
    pub resolved: String,
}

/// Shows one cluster; `NotFound` when it is not there.
pub async fn show(view: &View, id: &str) -> Result<Shown> {
    let directory = view.scope().cluster_root.child(id)?;
    let record = records::cluster(id)?;
    let app = records::app(id)?;
    let what = [&directory, &record, &app].map(|top| What::Subtree(top.clone()));
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let (mut own, mut recorded, mut texts) = (Leaves::new(), Leaves::new(), Leaves::new());
    for entry in entries {
        let path = entry.path.as_str();
        for (top, leaves) in [(&directory, &mut own), (&record, &mut recorded), (&app, &mut texts)]
        {
            if let Some(name) = summary::below(top, path) {
                leaves.insert(name, entry.value.clone());
            }
        }
    }
    if own.is_empty() {
        return Err(missing(id));
    }
    Ok(shown(id, directory, &own, &recorded, &texts))
}

/// The error for a cluster that is not there.
pub(in crate::ops) fn missing(id: &str) -> Error {
    Error::not_found(format!("there is no cluster `{id}`")).hint(LIST)
}

/// What to type when a cluster is not there.
pub(super) const LIST: &str = "List the clusters: `metactl cluster list`";

fn shown(id: &str, path: Path, own: &Leaves, record: &Leaves, texts: &Leaves) -> Shown {
    let fact = |name: &str, own_name: &str| {
        record.get(name).or_else(|| own.get(own_name)).cloned().unwrap_or_default()
    };
    let hosts = hosts(own);
    let package = app::of_texts(id, |name| texts.get(name).cloned());
    let app = package.as_ref().and_then(App::of);
    let secrets = Secrets(app.as_ref());
    let masked = |role: Option<&str>, leaves: BTreeMap<String, String>| {
        let leaves = leaves.into_iter();
        leaves
            .map(|(key, value)| {
                let shown = secrets.masked(role, &key, value);
                (key, shown)
            })
            .collect()
    };
    let mut role_env: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (name, value) in below(own, "role-env/") {
        if let Some((role, key)) = name.split_once('/') {
            role_env.entry(role.to_owned()).or_default().insert(key.to_owned(), value);
        }
    }
    Shown {
        id: id.to_owned(),
        path,
        name: fact("name", ""),
        app: fact("app", "cluster/app_id"),
        version: fact("version", ""),
        state: fact("state", ""),
        created: fact("created", ""),
        project: fact("project", ""),
        vxnet: fact("vxnet", "cluster/vxnet"),
        zone: fact("zone", "cluster/zone"),
        cidr: fact("cidr", ""),
        roles: roles(own, &hosts),
        hosts,
        env: masked(None, below(own, "env/")),
        role_env: role_env
            .into_iter()
            .map(|(role, env)| (role.clone(), masked(Some(&role), env)))
            .collect(),
        links: below(own, "links/"),
        endpoints: endpoints(own),
        reserved_ips: reserved(own),
    }
}

fn below(leaves: &Leaves, top: &str) -> BTreeMap<String, String> {
    let inside = leaves.range(top.to_owned()..);
    inside
        .map_while(|(name, value)| Some((name.strip_prefix(top)?.to_owned(), value.clone())))
        .collect()
}

/// The hosts, by role and server id.
fn hosts(own: &Leaves) -> Vec<Host> {
    let mut hosts = Vec::new();
    let records = below(own, "hosts/");
    for (name, instance) in &records {
        let Some((role, _, "instance_id")) = summary::host_leaf(name) else { continue };
        let top = name.trim_end_matches("/instance_id");
        let leaf = |leaf: &str| records.get(&format!("{top}/{leaf}")).cloned().unwrap_or_default();
        hosts.push(Host {
            role: role.to_owned(),
            ip: leaf("ip"),
            sid: leaf("sid"),
            gid: leaf("gid"),
            instance_id: instance.clone(),
            node_id: leaf("node_id"),
        });
    }
    let sid = |host: &Host| host.sid.parse::<u64>().unwrap_or(u64::MAX);
    hosts.sort_by(|left, right| (&left.role, sid(left)).cmp(&(&right.role, sid(right))));
    hosts
}

fn roles(own: &Leaves, hosts: &[Host]) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for host in hosts {
        if let Some(role) = roles.last_mut().filter(|role| role.role == host.role) {
            role.nodes += 1;
            continue;
        }
        let slash = if host.role.is_empty() { "" } else { "/" };
        let top = format!("hosts/{}{slash}{}", host.role, host.instance_id);
        let leaf = |leaf: &str| own.get(&format!("{top}/{leaf}")).cloned().unwrap_or_default();
        roles.push(Role {
            role: host.role.clone(),
            nodes: 1,
            cpu: leaf("cpu"),
            memory: leaf("memory"),
            volume_size: leaf("volume_size"),
        });
    }
    roles
}

fn endpoints(own: &Leaves) -> Vec<Endpoint> {
    let leaves = below(own, "cluster/endpoints/");
    let services = leaves.iter().filter_map(|(name, port)| {
        let service = name.strip_suffix("/port").filter(|service| !service.contains('/'))?;
        let protocol = leaves.get(&format!("{service}/protocol")).cloned().unwrap_or_default();
        Some(Endpoint {
            service: service.to_owned(),
            protocol,
            port: port.clone(),
            resolved: resolved(own, port),
        })
    });
    services.collect()
}

fn resolved(own: &Leaves, port: &str) -> String {
    let Some(reference) = Reference::parse(port) else { return port.to_owned() };
    let leads = reference.candidates().into_iter().find_map(|(role, key)| match role {
        None => own.get(&format!("env/{key}")),
        Some(role) => own.get(&format!("role-env/{role}/{key}")),
    });
    leads.cloned().unwrap_or_default()
}

/// Those of the cluster and, with the role in front, those of its roles.
fn reserved(own: &Leaves) -> BTreeMap<String, String> {
    let mut ips = BTreeMap::new();
    for (name, ip) in own {
        let Some(inner) = name.strip_suffix("/value") else { continue };
        if let Some(name) = inner.strip_prefix("cluster/endpoints/reserved_ips/") {
            ips.insert(name.to_owned(), ip.clone());
        } else if let Some((role, _, leaf)) =
            inner.strip_prefix("hosts/").and_then(summary::host_leaf)
            && let Some(name) = leaf.strip_prefix("reserved_ips/")
        {
            let slash = if role.is_empty() { "" } else { "/" };
            ips.insert(format!("{role}{slash}{name}"), ip.clone());
        }
    }
    ips
}
