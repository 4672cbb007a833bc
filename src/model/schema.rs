//! The schema of the tree: what each key means, and how to find the row of a path.

mod table;

use serde::Serialize;

pub use table::KEYS;

use crate::model::path::Path;
use crate::model::selfview;

/// One row: a key of the tree, or a directory of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Key {
    /// The path with names in capitals for what differs: `/CLUSTER/env/KEY`.
    ///
    /// `HOSTS` stands for `hosts`, `adding-hosts` and `deleting-hosts`; `ROLE`
    /// is missing in clusters without roles; `…` is anything below.
    pub pattern: &'static str,
    pub meaning: &'static str,
    pub value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    pub writer: Writer,
    pub lifetime: Lifetime,
    /// Not to be shown at a glance.
    pub secret: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// No value: a directory.
    Directory,
    /// Any text.
    Text,
    /// A whole number, 0 or more.
    Count,
    /// A whole number from 1.
    Positive,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An address, or nothing.
    MaybeIp,
    Mac,
    /// `cl-…`.
    ClusterId,
    /// `i-…`.
    InstanceId,
    /// `cln-…`.
    NodeId,
    /// The name of a role.
    Role,
    /// A port's number, or `env.<key>` or `env.<role>.<key>`.
    PortOrEnv,
    /// A port's number.
    Port,
    /// Names or numbers separated by commas.
    List,
    /// An absolute path.
    Path,
    Json,
}

/// Who writes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// The platform, or metactl in its place.
    Platform,
    /// The person who owns the cluster.
    User,
    /// The developer of the app, in its package.
    Developer,
    /// The agent or a script on the node.
    Node,
}

/// When a key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    Always,
    /// Only where it is set.
    Optional,
    /// Only while a scale-out runs.
    ScalingOut,
    /// Only while a scale-in runs.
    ScalingIn,
    /// Only while roles are resized.
    Resizing,
    /// Only while an upgrade runs.
    Upgrading,
    /// From the moment a command is sent.
    Commanded,
}

/// The row of a path, and what its variable segments are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub key: &'static Key,
    /// When this very path is there: for hosts' keys that follows from the
    /// directory the record is in.
    pub lifetime: Lifetime,
    /// The capitals of the pattern with the segments they stand for, from the top.
    pub names: Vec<(&'static str, String)>,
}

impl Found {
    /// The segment that a name of the pattern stands for.
    pub fn name(&self, of: &str) -> Option<&str> {
        self.names.iter().find(|(name, _)| *name == of).map(|(_, segment)| segment.as_str())
    }
}

/// The row of `path`, which may lie under `/self` and behind links; clusters are
/// looked for below `cluster_root`. None for what the schema does not know.
pub fn find(path: &Path, cluster_root: &Path) -> Option<Found> {
    let segments: Vec<&str> = match selfview::below_self(path) {
        Some("") => return row(&["self"]),
        Some(rest) => return find_self(&rest.split('/').collect::<Vec<_>>()),
        None => path.segments().collect(),
    };
    let below_root = cluster_root.relative(path.as_str()).unwrap_or_default();
    let of_cluster: Vec<&str> = below_root.split('/').filter(|name| !name.is_empty()).collect();
    if of_cluster.first().is_some_and(|name| name.starts_with("cl-")) {
        return find_cluster(&of_cluster);
    }
    row(&segments)
}

/// Whether a key is an application parameter, of all nodes or of one role's.
pub fn is_parameter(key: &Key) -> bool {
    matches!(key.pattern, "/CLUSTER/env/KEY" | "/CLUSTER/role-env/ROLE/KEY")
}

/// Whether a parameter's name sounds like that of a secret, where nothing says
/// what it is.
pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "private_key"].iter().any(|word| name.contains(word))
}

/// A path in a cluster: a link is followed once.
fn find_cluster(segments: &[&str]) -> Option<Found> {
    match segments {
        [_, "links", _, rest @ ..] if !rest.is_empty() => row(&join(&["CLUSTER"], rest)),
        _ => row(segments),
    }
}

/// A path under `/self`, as the one it stands for by the mapping that metactl writes.
fn find_self(rest: &[&str]) -> Option<Found> {
    match rest {
        ["host", below @ ..] => row(&join(&["CLUSTER", "hosts", "ROLE", "INSTANCE"], below)),
        ["cmd", below @ ..] => row(&join(&["CLUSTER", "cmd", "INSTANCE"], below)),
        ["project", below @ ..] => row(&join(&["projects", "PROJECT"], below)),
        ["links", _, below @ ..] => row(&join(&["CLUSTER"], below)),
        _ => row(&join(&["CLUSTER"], rest)),
    }
}

fn join<'a>(above: &[&'a str], below: &[&'a str]) -> Vec<&'a str> {
    above.iter().chain(below).copied().collect()
}

/// The first row that matches; with a missing `ROLE` as the second choice,
/// unless the segment in its place is an instance's id.
fn row(segments: &[&str]) -> Option<Found> {
    let with_role = || matching(segments, false);
    let without_role = || matching(segments, true);
    let instance_in_place_of_role = segments.get(1).is_some_and(|name| hosts(name).is_some())
        && segments.get(2).is_some_and(|name| name.starts_with("i-"));
    if instance_in_place_of_role {
        return without_role();
    }
    with_role().or_else(without_role)
}

fn matching(segments: &[&str], without_role: bool) -> Option<Found> {
    KEYS.iter().find_map(|key| {
        let names = matches(key.pattern, segments, without_role)?;
        let lifetime = segments.get(1).copied().and_then(hosts);
        let lifetime = lifetime.filter(|_| key.pattern.contains("/HOSTS")).unwrap_or(key.lifetime);
        Some(Found { key, lifetime, names })
    })
}

/// The directories that hold host records, and when they are there.
fn hosts(name: &str) -> Option<Lifetime> {
    match name {
        "hosts" => Some(Lifetime::Always),
        "adding-hosts" => Some(Lifetime::ScalingOut),
        "deleting-hosts" => Some(Lifetime::ScalingIn),
        _ => None,
    }
}

fn matches(
    pattern: &'static str,
    segments: &[&str],
    without_role: bool,
) -> Option<Vec<(&'static str, String)>> {
    let skipped = |name: &&str| !(without_role && pattern.contains("/HOSTS") && *name == "ROLE");
    let mut parts = pattern.split('/').filter(|part| !part.is_empty()).filter(skipped);
    let mut names = Vec::new();
    let mut segments = segments.iter();
    loop {
        match (parts.next(), segments.next()) {
            (Some("…"), Some(_)) => return Some(names),
            (Some("HOSTS"), Some(segment)) => drop(hosts(segment)?),
            (Some("CLUSTER"), Some(segment))
                if !segment.starts_with("cl-") && *segment != "CLUSTER" =>
            {
                return None;
            }
            (Some(part), Some(segment)) if part.starts_with(|c: char| c.is_ascii_uppercase()) => {
                // A name of its own in the place of one (`ROLE` for `ROLE`)
                // comes from a path under `/self`, where nobody knows it.
                if part != *segment {
                    names.push((part, (*segment).to_owned()));
                }
            }
            (Some(part), Some(segment)) if part == *segment => {}
            (None, None) => return Some(names),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests;
