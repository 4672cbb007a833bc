//! Taking a cluster away.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{show, summary};
use crate::error::{Error, Kind, Result};
use crate::model::app::near;
use crate::model::cluster::records;
use crate::model::mapping;
use crate::model::path::Path;
use crate::model::rule;
use crate::ops::command;
use crate::ops::notes::Notes;
use crate::ops::operation::busy;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What, reading};

/// How often it is looked at again when somebody changed it meanwhile.
const ATTEMPTS: usize = 64;
/// How many keys go in one commit where the store does not take all.
const PART: usize = 1000;

/// Everything that goes with a cluster.
#[derive(Debug, Clone)]
pub struct Doomed {
    pub id: String,
    pub path: Path,
    pub hosts: usize,
    /// When it was looked at.
    revision: Revision,
    /// Mapping and rules of its nodes and what is kept of its commands, as subtrees.
    access: Vec<Path>,
    /// Claims and, where one of its nodes is it, who `/self` is.
    claims: Vec<Path>,
}

/// A cluster that is gone.
#[derive(Debug, Clone, Serialize)]
pub struct Deleted {
    pub id: String,
    pub path: Path,
    pub hosts: usize,
    pub revision: Revision,
    /// 1 when all was one commit.
    pub parts: usize,
    /// Whether `/self` was one of its nodes.
    pub was_self: bool,
}

/// Looks at what would go. `NotFound` when the cluster is not there, `Conflict`
/// when others are linked to it, naming them, or an operation is in flight on it.
pub async fn look(view: &View, id: &str) -> Result<Doomed> {
    let path = view.scope().cluster_root.child(id)?;
    let hosts_directory = path.child("hosts")?;
    let record = records::cluster(id)?;
    let own = Path::parse(records::SELF)?;
    let what = vec![
        What::Subtree(hosts_directory.clone()),
        What::Subtree(record.clone()),
        What::Key(own.clone()),
    ];
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let there = view.store().names(&path, At::Revision(revision)).await?;
    if entries.iter().all(|entry| entry.path == own) && there.1.is_empty() {
        return Err(show::missing(id));
    }
    busy::refuse(view, id).await?;
    refuse_linked(view, id, revision).await?;
    let leaf = |path: &Path| entries.iter().find(|entry| entry.path == *path);
    let group = leaf(&record.child("group")?).map(|entry| entry.value.clone());
    let group = group.unwrap_or_else(|| view.scope().group.clone());
    let mut found = Found { group, ..Found::default() };
    let mut node_ids = BTreeSet::new();
    for entry in &entries {
        let Some(name) = summary::below(&hosts_directory, entry.path.as_str()) else { continue };
        if found.leaf(&name, &entry.value)? {
            node_ids.insert(entry.value.as_str());
        }
    }
    if leaf(&own).is_some_and(|entry| node_ids.contains(entry.value.as_str())) {
        found.claims.push(own);
    }
    let mut access = found.access(view, &path, At::Revision(revision)).await?;
    access.extend(command::records::of_cluster(view, id, At::Revision(revision)).await?);
    Ok(Doomed {
        id: id.to_owned(),
        path,
        hosts: node_ids.len(),
        revision,
        access,
        claims: found.claims,
    })
}

/// Takes the cluster away in one commit: tree, mapping, rules, claims, records.
///
/// `Conflict` when others were linked to it meanwhile. Where the store does not
/// take it at once, nodes lose their mapping first and the tree goes last.
pub async fn delete(view: &View, mut doomed: Doomed, note: Note) -> Result<Deleted> {
    let mut notes = Notes::new(note);
    let command = format!("cluster delete {}", doomed.id);
    for attempt in 1.. {
        let changes = doomed.changes()?;
        let guards = doomed.guards()?;
        let commit = Commit { guards, changes, note: notes.words(command.clone()) };
        let parts = match view.store().commit(&commit).await {
            Ok(outcome) => return Ok(doomed.gone(outcome.revision, 1)),
            Err(error) if error.kind() == Kind::TooLarge => {
                in_parts(view, &doomed, &mut notes, &command).await
            }
            Err(error) => Err(error),
        };
        match parts {
            Ok((revision, parts)) => return Ok(doomed.gone(revision, parts)),
            Err(error) if error.kind() == Kind::Conflict && attempt < ATTEMPTS => {
                doomed = look(view, &doomed.id).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(show::missing(&doomed.id))
}

async fn in_parts(
    view: &View,
    doomed: &Doomed,
    notes: &mut Notes,
    command: &str,
) -> Result<(Revision, usize)> {
    let mut parts = 0;
    let mut revision = doomed.revision;
    let mut guards = doomed.guards()?;
    for chunk in doomed.access.chunks(PART).chain(doomed.claims.chunks(PART)) {
        let mut changes = Changes::new();
        chunk.iter().for_each(|path| changes.delete_tree(path));
        let note = notes.words(command.to_owned());
        let commit = Commit { guards: std::mem::take(&mut guards), changes, note };
        revision = view.store().commit(&commit).await?.revision;
        parts += 1;
    }
    let mut changes = Changes::new();
    doomed.trees()?.iter().for_each(|path| changes.delete_tree(path));
    let commit = Commit { guards, changes, note: notes.words(command.to_owned()) };
    revision = view.store().commit(&commit).await?.revision.max(revision);
    Ok((revision, parts + 1))
}

impl Doomed {
    fn trees(&self) -> Result<[Path; 3]> {
        Ok([self.path.clone(), records::cluster(&self.id)?, records::app(&self.id)?])
    }

    fn changes(&self) -> Result<Changes> {
        let mut changes = Changes::new();
        self.trees()?.iter().chain(&self.access).for_each(|path| changes.delete_tree(path));
        self.claims.iter().for_each(|path| changes.delete(path));
        Ok(changes)
    }

    /// Nobody has changed it, nor begun an operation on it, nor made, linked or
    /// deleted any cluster.
    fn guards(&self) -> Result<Vec<Guard>> {
        let units = [self.id.as_str(), "clusters"];
        let unchanged =
            |unit: &str| Guard::Unchanged { unit: unit.to_owned(), since: self.revision };
        Ok(units.map(unchanged).into_iter().chain([busy::guard(&self.id)?]).collect())
    }

    fn gone(self, revision: Revision, parts: usize) -> Deleted {
        let was_self = self.claims.iter().any(|path| path.as_str() == records::SELF);
        Deleted { id: self.id, path: self.path, hosts: self.hosts, revision, parts, was_self }
    }
}

async fn refuse_linked(view: &View, id: &str, revision: Revision) -> Result<()> {
    let (_, ids) = summary::ids(view).await?;
    let root = &view.scope().cluster_root;
    let mut what = Vec::new();
    for other in ids.iter().filter(|other| *other != id) {
        what.push(What::Subtree(root.child(other)?.child("links")?));
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Revision(revision)).await?;
    let linked: BTreeMap<&str, &str> = entries
        .iter()
        .filter(|entry| entry.value == id)
        .filter_map(|entry| {
            let cluster = root.relative(entry.path.as_str())?.trim_start_matches('/');
            Some((cluster.split('/').next()?, entry.path.name()?))
        })
        .collect();
    let Some((first, service)) = linked.first_key_value() else { return Ok(()) };
    let others = near::listed(linked.keys().copied());
    Err(Error::conflict(format!("cluster `{id}` is linked to by {others}"))
        .hint(format!("Take the link away: `metactl cluster unlink {first} {service}`"))
        .hint(format!("Or delete what is linked: `metactl cluster delete {first}`")))
}

/// What hosts' records lead to.
#[derive(Default)]
struct Found {
    group: String,
    ips: Vec<String>,
    claims: Vec<Path>,
}

impl Found {
    /// Takes a leaf of a host's record; true when it is a node id.
    fn leaf(&mut self, name: &str, value: &str) -> Result<bool> {
        let Some((_, _, leaf)) = summary::host_leaf(name) else { return Ok(false) };
        match leaf {
            "ip" => self.ips.push(value.to_owned()),
            "gsid" => self.claims.extend(records::gsid(value).ok()),
            "node_id" => self.claims.extend(records::node_id(value).ok()),
            _ if leaf.starts_with("reserved_ips/") => {
                let claim = records::reserved(&self.group)?.child(value)?;
                if !self.claims.contains(&claim) {
                    self.claims.push(claim);
                }
            }
            _ => {}
        }
        Ok(leaf == "node_id")
    }

    /// The mappings that lead to hosts of the cluster, and the rules beside
    /// them; an ip that has come to another cluster keeps its own.
    async fn access(&mut self, view: &View, cluster: &Path, at: At) -> Result<Vec<Path>> {
        let reserved = What::Subtree(cluster.join("cluster/endpoints/reserved_ips")?);
        let mut what = vec![reserved];
        for ip in &self.ips {
            let directory = mapping::directory(&self.group, ip);
            what.extend(directory.and_then(|top| top.child("host")).map(What::Key));
        }
        let (_, entries) = reading::collect(view.store(), &what, at).await?;
        let rules = Path::parse(rule::ROOT)?.child(&self.group)?;
        let mut access = Vec::new();
        for entry in entries {
            if cluster.contains(&entry.path) {
                self.claims.push(records::reserved(&self.group)?.child(&entry.value)?);
                continue;
            }
            let leads_here = Path::parse(&entry.value).is_ok_and(|host| cluster.contains(&host));
            let Some(top) = entry.path.parent().filter(|_| leads_here) else { continue };
            access.extend(top.name().and_then(|ip| rules.child(ip).ok()));
            access.push(top);
        }
        Ok(access)
    }
}
