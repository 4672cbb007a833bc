//! The names that fit where one is typed: children of a directory, clusters, roles, instances.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::path::Path;
use crate::ops::command::list;
use crate::ops::view::View;
use crate::store::{At, Name};

/// The paths that `typed`, the beginning of one, can go on to: children of its
/// last whole directory, each with a `/` at the end if it is a directory.
///
/// Metactl's own records are left out; below `/` the mappings are too, and
/// `/self/` is offered.
pub async fn paths(view: &View, typed: &str) -> Result<Vec<String>> {
    let end = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (before, _) = typed.split_at(end);
    if before.is_empty() {
        return Ok(vec!["/".to_owned()]);
    }
    let directory = Path::parse(before)?;
    let found = children(view, &directory).await?;
    let shown = found.into_iter().map(|child| {
        let slash = if child.directory { "/" } else { "" };
        format!("{before}{}{slash}", child.name)
    });
    Ok(shown.collect())
}

/// The ids of all clusters.
pub async fn clusters(view: &View) -> Result<Vec<String>> {
    let found = children(view, &view.scope().cluster_root).await?;
    Ok(found
        .into_iter()
        .filter(|child| child.directory && child.name.starts_with("cl-"))
        .map(|child| child.name)
        .collect())
}

/// The roles of `cluster`, or of all clusters.
pub async fn roles(view: &View, cluster: Option<&str>) -> Result<Vec<String>> {
    let mut roles = BTreeSet::new();
    for hosts in hosts(view, cluster).await? {
        let found = children(view, &hosts).await?.into_iter().map(|child| child.name);
        roles.extend(found.filter(|name| !is_instance(name)));
    }
    Ok(roles.into_iter().collect())
}

/// The ids of the commands sent to nodes of `cluster`, or of all clusters.
pub async fn commands(view: &View, cluster: Option<&str>) -> Result<Vec<String>> {
    let found = list::list(view, cluster).await?;
    Ok(found.into_iter().map(|command| command.id).collect())
}

/// The instance ids of the hosts of `cluster`, or of all clusters.
pub async fn instances(view: &View, cluster: Option<&str>) -> Result<Vec<String>> {
    let mut instances = BTreeSet::new();
    for hosts in hosts(view, cluster).await? {
        for child in children(view, &hosts).await? {
            if is_instance(&child.name) {
                instances.insert(child.name);
                continue;
            }
            let found = children(view, &hosts.child(&child.name)?).await?;
            instances.extend(found.into_iter().map(|child| child.name));
        }
    }
    Ok(instances.into_iter().collect())
}

/// The keys of the parameters of `cluster`, or of all clusters: of all nodes and
/// of single roles.
pub async fn parameters(view: &View, cluster: Option<&str>) -> Result<Vec<String>> {
    let mut keys = BTreeSet::new();
    for hosts in hosts(view, cluster).await? {
        let Some(directory) = hosts.parent() else { continue };
        let roles = directory.child("role-env")?;
        let mut tops = vec![directory.child("env")?];
        for role in children(view, &roles).await? {
            tops.push(roles.child(&role.name)?);
        }
        for top in tops {
            keys.extend(children(view, &top).await?.into_iter().map(|child| child.name));
        }
    }
    Ok(keys.into_iter().collect())
}

/// The services that clusters are linked to.
pub async fn services(view: &View) -> Result<Vec<String>> {
    let mut services = BTreeSet::new();
    for cluster in clusters(view).await? {
        let links = view.scope().cluster_root.child(&cluster)?.child("links")?;
        services.extend(children(view, &links).await?.into_iter().map(|child| child.name));
    }
    Ok(services.into_iter().collect())
}

/// A cluster without roles keeps its hosts where others keep their roles.
fn is_instance(name: &str) -> bool {
    name.starts_with("i-")
}

async fn hosts(view: &View, cluster: Option<&str>) -> Result<Vec<Path>> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => clusters(view).await?,
    };
    let root = &view.scope().cluster_root;
    clusters.iter().map(|cluster| root.child(cluster)?.child("hosts")).collect()
}

async fn children(view: &View, directory: &Path) -> Result<Vec<Name>> {
    let resolved = view.resolve(directory, At::Latest).await?;
    let mut names = BTreeSet::new();
    for piece in resolved.pieces {
        match directory.relative(piece.asked.as_str()) {
            Some("") => {
                let (_, found) = view.store().names(&piece.real, resolved.at).await?;
                names.extend(found);
            }
            // A directory of links: its children are the beginnings of their names.
            Some(below) => names.extend(
                below
                    .trim_start_matches('/')
                    .split('/')
                    .next()
                    .map(|name| Name { name: name.to_owned(), directory: true }),
            ),
            None => {}
        }
    }
    if directory.is_root() {
        names.retain(|child| !matches!(child.name.as_str(), "_metad" | "_metactl"));
        names.insert(Name { name: "self".to_owned(), directory: true });
    }
    Ok(names.into_iter().collect())
}
