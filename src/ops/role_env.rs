//! Parameters of one role: the nodes of such a role see them and the cluster's
//! under `/self/env`, by one link a key. A commit that adds or removes a key of
//! either rewrites those links with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::error::{Kind, Result};
use crate::model::app::role::REPLICA;
use crate::model::mapping;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::commit::generation_key;
use crate::store::reading::Entry;
use crate::store::{At, Changes, Commit, Guard, Outcome, Revision, What, reading};

/// How often somebody else may come in between.
const ATTEMPTS: u32 = 32;

/// Makes a commit, and with it the changes it means for the links of nodes.
///
/// The outcome counts the changes asked for, not the links. Errors as of a
/// commit; `Conflict` also when others keep changing the cluster meanwhile.
pub async fn commit(view: &View, commit: &Commit) -> Result<Outcome> {
    let touched = touched(view, &commit.changes).await?;
    let mut attempt = 0;
    loop {
        let mut links = Links::default();
        for (cluster, puts) in &touched {
            follow(view, cluster, puts, &commit.changes, &mut links).await?;
        }
        if links.changes.is_empty() {
            return view.store().commit(commit).await;
        }
        let mut whole = commit.clone();
        whole.changes.extend(&links.changes);
        let decided_on = links.guards.iter().cloned();
        whole.guards.extend(decided_on.map(|(unit, since)| Guard::Unchanged { unit, since }));
        match view.store().commit(&whole).await {
            Ok(mut outcome) => {
                outcome.changed = outcome.changed.saturating_sub(links.changes.len());
                return Ok(outcome);
            }
            Err(error) => {
                attempt += 1;
                let again = error.kind() == Kind::Conflict && attempt < ATTEMPTS;
                if !again || !has_moved(view, &links.guards).await? {
                    return Err(error);
                }
                let pause = Duration::from_millis(1 << attempt.min(6));
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
            }
        }
    }
}

/// What changes mean for the links of nodes, and what that was decided on; for
/// a commit that is made elsewhere.
pub async fn links(view: &View, changes: &Changes) -> Result<(Changes, Vec<Guard>)> {
    let mut links = Links::default();
    for (cluster, puts) in &touched(view, changes).await? {
        follow(view, cluster, puts, changes, &mut links).await?;
    }
    let guards = links.guards.into_iter().map(|(unit, since)| Guard::Unchanged { unit, since });
    Ok((links.changes, guards.collect()))
}

/// What has to change in the mapping, and what that was decided on.
#[derive(Default)]
struct Links {
    changes: Changes,
    guards: Vec<(String, Revision)>,
}

/// Whether it was somebody else's commit that made the condition fail.
async fn has_moved(view: &View, guards: &[(String, Revision)]) -> Result<bool> {
    for (unit, since) in guards {
        let Some(key) = generation_key(unit) else { continue };
        let (_, entry) = reading::get(view.store(), &key, At::Latest).await?;
        if entry.is_some_and(|entry| entry.mod_revision > *since) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The clusters with parameters of roles that the changes may concern, and what
/// they put there.
async fn touched(view: &View, changes: &Changes) -> Result<BTreeMap<Path, Vec<String>>> {
    let root = &view.scope().cluster_root;
    // Whether the changes put parameters of roles, by cluster.
    let mut concerned: BTreeMap<String, bool> = BTreeMap::new();
    let mut take = |path: &str, put: bool| {
        if let Some((cluster, below)) = below_cluster(root, path)
            && matches!(below, "env" | "role-env" | "")
        {
            let adds = put && below == "role-env";
            match concerned.get_mut(cluster) {
                Some(added) => *added |= adds,
                None => drop(concerned.insert(cluster.to_owned(), adds)),
            }
        }
    };
    changes.each_put(|path, _, _| take(path, true));
    let deleted = changes.deleted().iter().chain(changes.deleted_trees());
    deleted.for_each(|path| take(path.as_str(), false));
    let mut touched = BTreeMap::new();
    for (id, adds) in concerned {
        let cluster = root.child(&id)?;
        let (_, roles) = view.store().names(&cluster.child("role-env")?, At::Latest).await?;
        if adds || !roles.is_empty() {
            touched.insert(cluster, Vec::new());
        }
    }
    if !touched.is_empty() {
        changes.each_put(|path, _, _| {
            if let Some((cluster, "env" | "role-env")) = below_cluster(root, path)
                && let Ok(cluster) = root.child(cluster)
                && let Some(puts) = touched.get_mut(&cluster)
            {
                puts.push(path.to_owned());
            }
        });
    }
    Ok(touched)
}

/// The id of the cluster that a path lies in, and the name below it; empty for
/// the cluster itself.
fn below_cluster<'a>(root: &Path, path: &'a str) -> Option<(&'a str, &'a str)> {
    let mut segments = root.relative(path)?.splitn(4, '/').skip(1);
    let cluster = segments.next().filter(|id| id.starts_with("cl-"))?;
    Some((cluster, segments.next().unwrap_or_default()))
}

/// Decides what the changes mean for the nodes of one cluster.
async fn follow(
    view: &View,
    cluster: &Path,
    puts: &[String],
    changes: &Changes,
    links: &mut Links,
) -> Result<()> {
    let (env, role_env) = (cluster.child("env")?, cluster.child("role-env")?);
    let hosts = cluster.child("hosts")?;
    let what = [&env, &role_env, &hosts].map(|path| What::Subtree(path.clone()));
    let mut before = BTreeSet::new();
    let mut nodes: Vec<(String, String)> = Vec::new();
    let revision = view
        .store()
        .read(&what, At::Latest, &mut |item| {
            match hosts.relative(item.path) {
                Some(record) => nodes.extend(role_and_ip(record, item.value)),
                None => drop(before.insert(item.path.to_owned())),
            }
            Ok(())
        })
        .await?;
    let after = after(&before, puts, changes);
    if keys(&before, cluster) == keys(&after, cluster) {
        return Ok(());
    }
    links.guards.extend(cluster.name().map(|name| (name.to_owned(), revision)));
    let shared = names(&after, &env);
    for (role, ip) in nodes {
        // Replicas have the parameters of their masters' role.
        let own = role_env.child(role.strip_suffix(REPLICA).unwrap_or(&role))?;
        let role_keys = names(&after, &own);
        if role_keys.is_empty() && names(&before, &own).is_empty() {
            continue;
        }
        let directory = mapping::directory(&view.scope().group, &ip)?.child("env")?;
        let mut wanted = BTreeMap::new();
        if role_keys.is_empty() {
            wanted.insert(directory.clone(), env.clone());
        } else {
            // The role's own come last and so in place of the cluster's.
            for (top, names) in [(&env, &shared), (&own, &role_keys)] {
                for name in names {
                    wanted.insert(directory.child(name)?, top.child(name)?);
                }
            }
        }
        let there = [What::Subtree(directory)];
        let (_, there) = reading::collect(view.store(), &there, At::Latest).await?;
        rewrite(&there, &wanted, cluster, &mut links.changes);
    }
    Ok(())
}

/// Turns the links that are there into those that are wanted; what somebody has
/// made to lead elsewhere than into this cluster stays.
fn rewrite(there: &[Entry], wanted: &BTreeMap<Path, Path>, cluster: &Path, changes: &mut Changes) {
    let ours = |entry: &Entry| cluster.relative(&entry.value).is_some();
    if there.is_empty() || !there.iter().all(ours) {
        return;
    }
    for entry in there.iter().filter(|entry| !wanted.contains_key(&entry.path)) {
        changes.delete(&entry.path);
    }
    for (link, real) in wanted {
        let same = |entry: &Entry| entry.path == *link && entry.value == real.as_str();
        if !there.iter().any(same) {
            changes.put(link, real.as_str());
        }
    }
}

/// Role and ip of a leaf below `hosts`, when it is a host's `ip`.
fn role_and_ip(relative: &str, value: &str) -> Option<(String, String)> {
    let mut segments = relative.split('/').skip(1);
    let (role, _, key) = (segments.next()?, segments.next()?, segments.next()?);
    let ip = mapping::parse_ip(value).ok()?;
    (key == "ip" && segments.next().is_none()).then(|| (role.to_owned(), ip))
}

/// The parameters once the changes are made.
fn after(before: &BTreeSet<String>, puts: &[String], changes: &Changes) -> BTreeSet<String> {
    let gone = |path: &str| {
        changes.deleted().iter().any(|one| one.as_str() == path)
            || changes.deleted_trees().iter().any(|top| top.relative(path).is_some())
    };
    let kept = before.iter().filter(|path| !gone(path));
    kept.chain(puts).cloned().collect()
}

/// The names right below `top` among the leaves.
fn names<'a>(leaves: &'a BTreeSet<String>, top: &Path) -> BTreeSet<&'a str> {
    let below = |path: &'a String| top.relative(path)?.strip_prefix('/');
    leaves.iter().filter_map(below).filter_map(|rest| rest.split('/').next()).collect()
}

/// What decides about links: the parameters' names, not what is below them.
fn keys<'a>(leaves: &'a BTreeSet<String>, cluster: &Path) -> BTreeSet<Vec<&'a str>> {
    let below = |path: &'a String| cluster.relative(path)?.strip_prefix('/');
    leaves
        .iter()
        .filter_map(below)
        .map(|rest| rest.split('/').take(if rest.starts_with("env/") { 2 } else { 3 }).collect())
        .collect()
}
