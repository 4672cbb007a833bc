//! Who `/self` is.

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::mapping;
use crate::model::path::Path;
use crate::ops::node;
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// The node in whose place is asked: a key of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The group its mapping is in.
    pub group: String,
    pub ip: String,
    pub from: Origin,
}

/// What told who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// `--as`, its variable, or the context.
    Asked,
    /// The store's own `/_metactl/self`.
    Store,
    /// The only address of this machine that has a mapping.
    Address,
    /// The service, which has seen who is calling.
    Service,
}

/// The key that names this machine's node in an embedded store.
pub const STORED: &str = "/_metactl/self";

/// Finds out who `/self` is: what the scope says, else the store's own choice,
/// else the one local address that has a mapping.
///
/// `NotFound` when the scope names a node that is not there; `Usage` when
/// several local addresses have a mapping, or when nothing tells.
pub async fn find(view: &View) -> Result<Identity> {
    if view.has_own_view()? {
        return told_by_service(view).await;
    }
    if let Some(id) = &view.scope().as_id {
        let (group, ip) = node::address(view, id).await?;
        return Ok(Identity { group, ip, from: Origin::Asked });
    }
    let (stored, addresses) = hints_of_store(view).await?;
    if let Some(node_id) = stored
        && let Some((group, ip)) = node::address_of_node_id(view, &node_id).await?
    {
        return Ok(Identity { group, ip, from: Origin::Store });
    }
    match <[String; 1]>::try_from(addresses) {
        Ok([ip]) => Ok(Identity { group: view.scope().group.clone(), ip, from: Origin::Address }),
        Err(addresses) if addresses.is_empty() => Err(unknown()),
        Err(addresses) => Err(ambiguous(&addresses)),
    }
}

/// The service shows the caller's own record.
async fn told_by_service(view: &View) -> Result<Identity> {
    let ip = Path::parse("/self/host/ip")?;
    let (_, entry) = reading::get(view.store(), &ip, At::Latest).await?;
    let group = view.scope().group.clone();
    match entry {
        Some(entry) => Ok(Identity { group, ip: entry.value, from: Origin::Service }),
        None => Err(Error::new(
            Kind::Usage,
            format!("`{}` shows no node to this machine as `/self`", view.store().place()),
        )
        .hint("Make the mapping of its address: `metactl mapping set IP NAME=PATH`")),
    }
}

/// One read: the store's own choice, and the local addresses with a mapping.
async fn hints_of_store(view: &View) -> Result<(Option<String>, Vec<String>)> {
    let mut local: Vec<(String, Path)> = local_addresses()
        .into_iter()
        .filter_map(|ip| Some((mapping::directory(&view.scope().group, &ip).ok()?, ip)))
        .map(|(directory, ip)| (ip, directory))
        .collect();
    let stored_at = Path::parse(STORED)?;
    let mut what = vec![What::Key(stored_at.clone())];
    what.extend(local.iter().map(|(_, directory)| What::Subtree(directory.clone())));
    let mut stored = None;
    let mut mapped = vec![false; local.len()];
    view.store()
        .read(&what, At::Latest, &mut |item| {
            if item.path == stored_at.as_str() {
                stored = Some(item.value.to_owned());
            }
            for (found, (_, directory)) in mapped.iter_mut().zip(&local) {
                *found |= directory.relative(item.path).is_some();
            }
            Ok(())
        })
        .await?;
    let mut mapped = mapped.into_iter();
    local.retain(|_| mapped.next().unwrap_or_default());
    Ok((stored, local.into_iter().map(|(ip, _)| ip).collect()))
}

/// The addresses of this machine, each once; none when they cannot be listed.
fn local_addresses() -> Vec<String> {
    let mut all: Vec<String> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip().to_string())
        .collect();
    all.sort();
    all.dedup();
    all
}

fn unknown() -> Error {
    Error::new(
        Kind::Usage,
        "finding out who `/self` is: nothing names a node, and no address of this machine has a \
         mapping",
    )
    .hint("Name the node: `--as IP`, `--as i-…` or `--as cln-…`")
    .hint("List the nodes: `metactl instance list`")
}

fn ambiguous(addresses: &[String]) -> Error {
    let list = addresses.iter().map(|ip| format!("`{ip}`")).collect::<Vec<_>>().join(", ");
    Error::new(
        Kind::Usage,
        format!(
            "finding out who `/self` is: several addresses of this machine have a mapping: {list}"
        ),
    )
    .hint(format!("Choose one: `--as {}`", addresses.first().map_or("IP", String::as_str)))
}
