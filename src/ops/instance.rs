//! Instances: the hosts of all clusters, and one of them in full.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::attributes::{self, Attributes};
use crate::model::path::Path;
use crate::model::tombstone::Tombstone;
use crate::ops::view::View;
use crate::ops::{metadata, project, tombstone};
use crate::store::{At, Revision, What, reading};

/// Which instances to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of that cluster.
    pub cluster: Option<String>,
    /// Only those of that role.
    pub role: Option<String>,
}

/// An instance in a list. What its record does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub instance_id: String,
    pub ip: String,
    pub cluster: String,
    pub role: String,
    pub sid: String,
    pub gid: String,
    pub node_id: String,
    pub state: State,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Active,
    /// A scale-out that has not ended brings it.
    Adding,
    /// A scale-in that has not ended takes it away.
    Deleting,
    /// Its cluster is stopped.
    Stopped,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Adding => "adding",
            State::Deleting => "deleting",
            State::Stopped => "stopped",
        }
    }
}

/// One instance in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instance {
    pub instance_id: String,
    pub cluster: String,
    /// Where its record is.
    pub path: Path,
    /// What its record says, by key relative to it; without the attributes.
    pub host: BTreeMap<String, String>,
    /// Its custom metadata, with its project's below when that was asked for.
    pub attributes: Attributes,
    /// Set for a node that a scale-in has taken away: of its record there is
    /// only what that has kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<Tombstone>,
}

impl Instance {
    /// What is left of a node that is gone.
    fn removed(tombstone: Tombstone) -> Instance {
        let Tombstone { node_id, instance_id, cluster, role, ip, sid, path, .. } = &tombstone;
        let role = role.clone().unwrap_or_default();
        let host = [
            ("instance_id", instance_id.clone()),
            ("ip", ip.clone()),
            ("node_id", node_id.clone()),
            ("role", role),
            ("sid", sid.to_string()),
        ];
        Instance {
            instance_id: instance_id.clone(),
            cluster: cluster.clone(),
            path: path.clone(),
            host: host.map(|(key, value)| (key.to_owned(), value)).into(),
            attributes: Attributes::new(),
            removed: Some(tombstone),
        }
    }
}

/// All instances, sorted by cluster, role and server id.
///
/// `NotFound` when a cluster is asked for that is not there.
pub async fn list(view: &View, filter: &Filter) -> Result<Vec<Summary>> {
    let root = &view.scope().cluster_root;
    let (at, clusters) = match &filter.cluster {
        Some(id) => (At::Latest, vec![id.clone()]),
        None => clusters(view).await?,
    };
    let mut all = Vec::new();
    for cluster in &clusters {
        let mut found = of_cluster(view, &root.child(cluster)?, cluster, at).await?;
        found.sort_by(|left, right| (&left.role, sid(left)).cmp(&(&right.role, sid(right))));
        all.append(&mut found);
    }
    if let (Some(id), true) = (&filter.cluster, all.is_empty()) {
        let (_, names) = view.store().names(&root.child(id)?, at).await?;
        if names.is_empty() {
            return Err(Error::not_found(format!("there is no cluster `{id}`"))
                .hint("List the clusters: `metactl cluster list`"));
        }
    }
    all.retain(|one| filter.role.as_ref().is_none_or(|role| *role == one.role));
    Ok(all)
}

/// One instance, by instance id, node id, ip or `self`; `effective` merges its
/// project's attributes below its own. Of a node that a scale-in has taken away
/// it is what is left. `NotFound` when it is not there.
pub async fn show(view: &View, id: &str, effective: bool) -> Result<Instance> {
    let node = match view.node(id).await {
        Err(error) if error.kind() == Kind::NotFound => {
            let gone = tombstone::find(view, id).await?;
            return gone.map(Instance::removed).ok_or(error);
        }
        node => node?,
    };
    let (_, entries) =
        reading::collect(view.store(), &[What::Subtree(node.record.clone())], At::Latest).await?;
    if entries.is_empty() {
        return Err(Error::not_found(format!("`{}` has no host record", node.record)));
    }
    let mut host = BTreeMap::new();
    let mut own = Attributes::new();
    for entry in entries {
        let relative = node.record.relative(entry.path.as_str()).unwrap_or_default();
        let relative = relative.trim_start_matches('/');
        match relative.strip_prefix("attributes/") {
            Some(key) => own.insert(key.to_owned(), entry.value),
            None => host.insert(relative.to_owned(), entry.value),
        };
    }
    let attributes = if effective {
        attributes::effective(&of_its_project(view, &node.group, &node.ip).await?, &own)
    } else {
        own
    };
    Ok(Instance {
        instance_id: node.instance_id,
        cluster: node.cluster,
        path: node.record,
        host,
        attributes,
        removed: None,
    })
}

/// The attributes of the project that a node's mapping names, else of `default`.
async fn of_its_project(view: &View, group: &str, ip: &str) -> Result<Attributes> {
    let link = crate::model::mapping::directory(group, ip)?.child("project")?;
    let (_, link) = reading::get(view.store(), &link, At::Latest).await?;
    let id = link.as_ref().and_then(|link| link.value.strip_prefix("/projects/"));
    metadata::of_project(view, id.unwrap_or(project::DEFAULT)).await
}

/// The ids of all clusters, and the moment at which they are there.
async fn clusters(view: &View) -> Result<(At, Vec<String>)> {
    let (revision, names) = view.store().names(&view.scope().cluster_root, At::Latest).await?;
    let clusters = names.into_iter().filter(|name| name.directory && name.name.starts_with("cl-"));
    Ok((at(revision), clusters.map(|name| name.name).collect()))
}

/// An empty store has had no revision yet.
fn at(revision: Revision) -> At {
    if revision == 0 { At::Latest } else { At::Revision(revision) }
}

/// The numbers sort as numbers, what is none comes last.
fn sid(one: &Summary) -> (u64, &str) {
    (one.sid.parse().unwrap_or(u64::MAX), &one.instance_id)
}

async fn of_cluster(view: &View, top: &Path, id: &str, at: At) -> Result<Vec<Summary>> {
    let directories = ["hosts", "adding-hosts", "deleting-hosts"];
    let mut what = Vec::with_capacity(directories.len() + 1);
    for directory in directories {
        what.push(What::Subtree(top.child(directory)?));
    }
    let state = Path::parse("/_metactl/clusters")?.child(id)?.child("state")?;
    what.push(What::Key(state.clone()));
    let mut found: BTreeMap<String, Summary> = BTreeMap::new();
    let (mut adding, mut deleting) = (BTreeSet::new(), BTreeSet::new());
    let mut stopped = false;
    view.store()
        .read(&what, at, &mut |item| {
            if item.path == state.as_str() {
                stopped = item.value == "stopped";
            }
            let Some((directory, record, key)) = key_of_record(top, item.path) else {
                return Ok(());
            };
            match directory {
                "adding-hosts" => drop(adding.insert(record.to_owned())),
                "deleting-hosts" => drop(deleting.insert(record.to_owned())),
                _ => {}
            }
            if directory != "deleting-hosts" {
                let one = found.entry(record.to_owned()).or_default();
                fill(one, key, item.value);
            }
            Ok(())
        })
        .await?;
    Ok(found
        .into_iter()
        .map(|(record, mut one)| {
            let (role, instance) = record.split_once('/').unwrap_or(("", &record));
            instance.clone_into(&mut one.instance_id);
            role.clone_into(&mut one.role);
            id.clone_into(&mut one.cluster);
            one.state = match () {
                () if deleting.contains(&record) => State::Deleting,
                () if adding.contains(&record) => State::Adding,
                () if stopped => State::Stopped,
                () => State::Active,
            };
            one
        })
        .collect())
}

/// The keys of a record that a list shows; each is a leaf right below it.
const KEYS: [&str; 5] = ["ip", "sid", "gid", "node_id", "instance_id"];

/// Directory, record and key of a path below a cluster, when it is one of
/// [`KEYS`]: `hosts`, `master/i-1`, `ip`.
fn key_of_record<'a>(top: &Path, path: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let (directory, rest) = top.relative(path)?.strip_prefix('/')?.split_once('/')?;
    let (record, key) = rest.rsplit_once('/')?;
    let inside = record.rsplit('/').next() == Some("attributes") || record.split('/').count() > 2;
    (!inside && KEYS.contains(&key)).then_some((directory, record, key))
}

fn fill(one: &mut Summary, key: &str, value: &str) {
    let field = match key {
        "ip" => &mut one.ip,
        "sid" => &mut one.sid,
        "gid" => &mut one.gid,
        "node_id" => &mut one.node_id,
        _ => return,
    };
    value.clone_into(field);
}
