//! Linking a cluster to others, and taking links away.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::show;
use crate::error::{Error, Kind, Result};
use crate::model::app::{near, problem};
use crate::model::mapping;
use crate::model::path::Path;
use crate::ops::notes::Notes;
use crate::ops::operation::busy;
use crate::ops::scale::ground::{self, Ground};
use crate::ops::view::{View, fixed};
use crate::store::reading::Entry;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What, reading};

/// How often it is looked at again when somebody changed it meanwhile.
const ATTEMPTS: u32 = 64;
/// The leaf of a cluster's record that changes with its links: who deletes a
/// cluster sees by it that others may have come to be linked to it.
const TOUCHED: &str = "linked";

/// What to do with links, by service.
#[derive(Debug, Clone)]
pub enum Change {
    /// Services, and the clusters they are to be.
    Link(Vec<(String, String)>),
    Unlink(Vec<String>),
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    pub cluster: String,
    /// All links that the cluster now has, by service.
    pub links: BTreeMap<String, String>,
    /// The services whose links are otherwise now.
    pub changed: Vec<String>,
    /// The commit's revision, or the store's newest one when nothing changed.
    pub revision: Revision,
    /// Clusters of other apps than the package asks for: service, cluster, the
    /// app it is of, and those that would do.
    #[serde(skip)]
    pub unexpected: Vec<(String, String, String, Vec<String>)>,
}

/// Changes links in the cluster and in the mapping of its nodes, in one commit.
///
/// `NotFound` for clusters, and for links to take away, that are not there;
/// `Invalid` with all that the app does not have or requires; `Conflict` while
/// an operation is in flight on the cluster.
pub async fn change(view: &View, cluster: &str, change: &Change, note: Note) -> Result<Linked> {
    let command = note.command.clone();
    let mut notes = Notes::new(note);
    for attempt in 1.. {
        busy::refuse(view, cluster).await?;
        let ground = ground::survey(view, cluster).await?;
        ground.refuse(change)?;
        let targets = targets(view, change).await?;
        let wanted = wanted(change);
        let note = notes.words(command.clone());
        let (mut changes, changed) = plan(view, &ground, &wanted).await?;
        let mut links: BTreeMap<String, String> = BTreeMap::new();
        links.extend(ground.present.links().map(|(s, c)| (s.to_owned(), c.to_owned())));
        for (service, cluster) in wanted {
            match cluster {
                Some(cluster) => drop(links.insert(service.to_owned(), cluster.to_owned())),
                None => drop(links.remove(service)),
            }
        }
        let mut done = Linked {
            cluster: cluster.to_owned(),
            links,
            changed,
            revision: ground.revision,
            unexpected: ground.unexpected(&targets),
        };
        if done.changed.is_empty() {
            return Ok(done);
        }
        changes.put(&ground.record(TOUCHED)?, &note.operation);
        let mut guards = vec![ground.unchanged(), busy::guard(cluster)?];
        guards.push(Guard::Unchanged { unit: "_metad".to_owned(), since: ground.revision });
        guards.extend(targets.into_iter().map(|target| target.guard));
        match view.store().commit(&Commit { guards, changes, note }).await {
            Ok(outcome) => {
                done.revision = outcome.revision;
                return Ok(done);
            }
            Err(error) if error.kind() == Kind::Conflict && attempt < ATTEMPTS => {
                let pause = Duration::from_millis(1 << attempt.min(6));
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::conflict(format!("cluster `{cluster}` keeps changing")))
}

/// Services and their clusters; none for those that go.
fn wanted(change: &Change) -> BTreeMap<&str, Option<&str>> {
    match change {
        Change::Link(links) => {
            links.iter().map(|(service, id)| (service.as_str(), Some(id.as_str()))).collect()
        }
        Change::Unlink(services) => services.iter().map(|name| (name.as_str(), None)).collect(),
    }
}

/// A cluster to be linked to.
struct Target {
    service: String,
    id: String,
    /// The app it is of, if it says so.
    app: Option<String>,
    /// It is still there.
    guard: Guard,
}

/// Looks at the clusters to link to. `NotFound` when one is not there.
async fn targets(view: &View, change: &Change) -> Result<Vec<Target>> {
    let Change::Link(links) = change else { return Ok(Vec::new()) };
    let mut targets = Vec::new();
    for (service, id) in links {
        let directory = view.scope().cluster_root.child(id)?;
        let (own, app) = (directory.join("cluster/cluster_id")?, directory.join("cluster/app_id")?);
        let what = [What::Key(own.clone()), What::Key(app.clone())];
        let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
        let leaf = |path: &Path| entries.iter().find(|entry| entry.path == *path);
        let guard = match leaf(&own) {
            Some(entry) => Guard::Revision(own, entry.mod_revision),
            None => Guard::Unchanged { unit: id.clone(), since: revision },
        };
        if entries.is_empty() && view.store().names(&directory, fixed(revision)).await?.1.is_empty()
        {
            let missing = format!("there is no cluster `{id}` for the link `{service}`");
            return Err(Error::not_found(missing).hint(show::LIST));
        }
        let app = leaf(&app).map(|entry| entry.value.clone());
        targets.push(Target { service: service.clone(), id: id.clone(), app, guard });
    }
    Ok(targets)
}

impl Ground {
    /// All that is wrong with what is asked for, by the cluster and its app.
    fn refuse(&self, change: &Change) -> Result<()> {
        let id = self.present.id();
        let (mut problems, mut absent) = (Vec::new(), Vec::new());
        match change {
            Change::Link(links) => {
                for (service, cluster) in links {
                    let why = if cluster == id {
                        Err("is not linked: a cluster cannot be linked to itself".to_owned())
                    } else {
                        self.knows(service)
                    };
                    problems.extend(why.err().map(|why| format!("`{service}` {why}")));
                }
            }
            Change::Unlink(services) => {
                let known: Vec<&str> = self.present.links().map(|(service, _)| service).collect();
                for service in services {
                    let property = self.app.as_ref().and_then(|app| app.link(service));
                    if !known.contains(&service.as_str()) {
                        let instead = near::instead(service, &known, "links");
                        absent.push(format!("`{service}`; {instead}"));
                    } else if property.is_some_and(|property| property.required) {
                        problems.push(format!(
                            "`{service}` is required by the app; it can be linked to another cluster only"
                        ));
                    }
                }
            }
        }
        let many = problems.len() + absent.len();
        let (error, lines) = match (problems.is_empty(), absent.as_slice()) {
            (true, []) => return Ok(()),
            (true, [only]) => {
                return Err(Error::not_found(format!("cluster `{id}` has no link {only}")));
            }
            (true, _) => (
                Error::not_found(format!("cluster `{id}` does not have {many} of the links")),
                absent,
            ),
            _ => {
                problems.extend(absent.into_iter().map(|line| format!("no link {line}")));
                (Error::invalid(format!("changing the links of cluster `{id}`")), problems)
            }
        };
        Err(problem::with_causes(error, lines))
    }

    /// Whether a service can be linked: one that the app has, where that is known.
    fn knows(&self, service: &str) -> Result<(), String> {
        let directory = &self.present.directory;
        if directory.child(service).is_err() {
            return Err("is no name of a service".to_owned());
        }
        let Some(app) = &self.app else { return Ok(()) };
        let known: Vec<&str> = app.spec.links.iter().map(|link| link.service.as_str()).collect();
        if known.contains(&service) {
            return Ok(());
        }
        Err(format!("is no link of the app; {}", near::instead(service, &known, "links")))
    }

    /// The clusters of other apps than the package asks for.
    fn unexpected(&self, targets: &[Target]) -> Vec<(String, String, String, Vec<String>)> {
        let of = |target: &Target| {
            let limits = &self.app.as_ref()?.link(&target.service)?.limits;
            let app = target.app.clone()?;
            let fits = limits.is_empty() || limits.contains(&app);
            (!fits).then(|| (target.service.clone(), target.id.clone(), app, limits.clone()))
        };
        targets.iter().filter_map(of).collect()
    }
}

/// The changes, and the services that they change.
async fn plan(
    view: &View,
    ground: &Ground,
    wanted: &BTreeMap<&str, Option<&str>>,
) -> Result<(Changes, Vec<String>)> {
    let present = &ground.present;
    let nodes = nodes(view, ground, wanted).await?;
    let (mut changes, mut changed) = (Changes::new(), Vec::new());
    for (service, cluster) in wanted {
        let before = changes.len();
        let leaf = present.directory.child("links")?.child(service)?;
        let there = present.links().find(|(name, _)| name == service).map(|(_, id)| id);
        if there != *cluster {
            set(&mut changes, &leaf, *cluster);
        }
        let real = cluster.map(|id| view.scope().cluster_root.child(id)).transpose()?;
        for (directory, links) in &nodes {
            let link = directory.child("links")?.child(service)?;
            let there = links.iter().find(|entry| entry.path == link);
            let real = real.as_ref().map(Path::as_str);
            if there.map(|entry| entry.value.as_str()) != real {
                set(&mut changes, &link, real);
            }
        }
        if changes.len() > before {
            changed.push((*service).to_owned());
        }
    }
    Ok((changes, changed))
}

fn set(changes: &mut Changes, path: &Path, value: Option<&str>) {
    match value {
        Some(value) => changes.put(path, value),
        None => changes.delete(path),
    }
}

/// The directories of the mappings that lead to hosts of the cluster, with the
/// links of these services; an ip that has come to another cluster keeps its own.
async fn nodes(
    view: &View,
    ground: &Ground,
    wanted: &BTreeMap<&str, Option<&str>>,
) -> Result<Vec<(Path, Vec<Entry>)>> {
    let mut what = Vec::new();
    for host in &ground.present.hosts {
        let Ok(directory) = mapping::directory(&ground.group, host.get("ip")) else { continue };
        what.push(What::Key(directory.child("host")?));
        for service in wanted.keys() {
            what.push(What::Key(directory.child("links")?.child(service)?));
        }
    }
    let (_, entries) = reading::collect(view.store(), &what, fixed(ground.revision)).await?;
    let group = mapping::group_directory(&ground.group)?;
    let mut by_node: BTreeMap<Path, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let below = group.relative(entry.path.as_str()).unwrap_or_default();
        let Some(ip) = below.split('/').nth(1) else { continue };
        by_node.entry(group.child(ip)?).or_default().push(entry);
    }
    let leads_here = |links: &[Entry]| {
        let host = links.iter().find(|entry| entry.path.name() == Some("host"));
        host.is_some_and(|host| ground.present.directory.relative(&host.value).is_some())
    };
    Ok(by_node.into_iter().filter(|(_, links)| leads_here(links)).collect())
}
