//! The mapping that gives each node its `/self`: reading, setting, removing links.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Note, Outcome, What, reading};

/// Links by node: ip → name → real path; names may be nested, `links/zk`.
pub type Links = BTreeMap<String, BTreeMap<String, String>>;

/// The links of `group`, of one node or of all.
///
/// `NotFound` when `ip` is given and has none; `Invalid` when it is no address.
pub async fn get(view: &View, group: &str, ip: Option<&str>) -> Result<Links> {
    let top = mapping::group_directory(group)?;
    let asked = match ip {
        Some(ip) => mapping::directory(group, ip)?,
        None => top.clone(),
    };
    let mut links = Links::new();
    view.store()
        .read(&[What::Subtree(asked)], At::Latest, &mut |item| {
            let name = top.relative(item.path).unwrap_or_default();
            if let Some((ip, name)) = name.trim_start_matches('/').split_once('/') {
                let of_ip = links.entry(ip.to_owned()).or_default();
                of_ip.insert(name.to_owned(), item.value.to_owned());
            }
            Ok(())
        })
        .await?;
    match ip {
        Some(ip) if links.is_empty() => Err(no_mapping(group, ip)),
        _ => Ok(links),
    }
}

/// Sets links of one node; its others stay.
///
/// `Invalid` when `ip` is no address, a name is no relative path or clashes
/// with another, or a value is no absolute path that a node may see.
pub async fn set(
    view: &View,
    group: &str,
    ip: &str,
    links: &[(String, String)],
    note: Note,
) -> Result<Outcome> {
    let directory = mapping::directory(group, ip)?;
    let mut mapping = Mapping::new();
    for (name, value) in links {
        let refused = |error: Error| error.within(format!("link `{name}` cannot be set"));
        let real = Path::parse(value).map_err(refused)?;
        if real.segments().next() == Some("self") {
            return Err(Error::invalid(format!(
                "link `{name}` leads to `{real}`; a real path is accepted, not one below `/self`"
            )));
        }
        mapping.insert(name, real).map_err(refused)?;
    }
    let mut changes = Changes::new();
    for (name, real) in mapping.links() {
        changes.put(&directory.join(name)?, real.as_str());
    }
    view.store().commit(&Commit { guards: Vec::new(), changes, note }).await
}

/// Removes links of one node, all of them when `names` is empty. A name may
/// stand for a directory of links.
///
/// `NotFound` for the first name with nothing there.
pub async fn remove(
    view: &View,
    group: &str,
    ip: &str,
    names: &[String],
    note: Note,
) -> Result<Outcome> {
    let directory = mapping::directory(group, ip)?;
    let (_, there) =
        reading::collect(view.store(), &[What::Subtree(directory.clone())], At::Latest).await?;
    if there.is_empty() {
        return Err(no_mapping(group, ip));
    }
    let mut changes = Changes::new();
    for name in names {
        let path = directory.join(name)?;
        if path == directory {
            return Err(Error::new(Kind::Usage, "a link's name is empty"));
        }
        if !there.iter().any(|entry| path.contains(&entry.path)) {
            return Err(Error::not_found(format!("the mapping of `{ip}` has no link `{name}`"))
                .hint(format!("See its links: `metactl mapping get {ip}`")));
        }
        changes.delete_tree(&path);
    }
    if names.is_empty() {
        changes.delete_tree(&directory);
    }
    view.store().commit(&Commit { guards: Vec::new(), changes, note }).await
}

fn no_mapping(group: &str, ip: &str) -> Error {
    Error::not_found(format!("`{ip}` has no mapping in the group `{group}`"))
        .hint("List the nodes that have one: `metactl mapping get`")
}
