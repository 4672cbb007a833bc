//! What one caller's tree is made from: its mapping leads to its record.

use crate::engine::{Asker, Snapshot};
use crate::model::gce::account::Account;
use crate::model::gce::node::{Directory, Leaf, Naming, Node};
use crate::model::gce::table::{Facts, tree};
use crate::model::path::Path;

/// The project of a node whose mapping names none.
const NO_PROJECT: &str = "default";

/// Below a record: what the instance has written of itself.
pub(super) const GUEST: &str = "guest-attributes";

/// What a service adds to what its store says.
#[derive(Clone, Copy)]
pub(super) struct Extras<'a> {
    /// Whether instances write attributes of themselves.
    pub(super) guest_attributes: bool,
    pub(super) account: Option<&'a Account>,
    /// The number of the caller's project.
    pub(super) number: u64,
}

/// The record that the caller's mapping leads to; none without a mapping, and
/// for a record that is not there.
pub(super) fn record<'a>(snapshot: &Snapshot, asker: &'a Asker) -> Option<&'a Path> {
    asker.mapping().get("host").filter(|record| snapshot.is_directory(record))
}

/// The project of the caller.
pub(super) fn project(asker: &Asker) -> &str {
    asker.mapping().get("project").and_then(Path::name).unwrap_or(NO_PROJECT)
}

/// As long as nothing changes at, above or below these paths, the tree is the same.
pub(super) fn depends(asker: &Asker) -> Vec<Path> {
    let [mapping, _] = asker.depends();
    let linked = ["host", "cluster", "project"].map(|name| asker.mapping().get(name));
    [Some(mapping)].into_iter().chain(linked).flatten().cloned().collect()
}

/// The whole tree that the caller sees; none for a caller without a record.
pub(super) fn seen<'a>(
    snapshot: &'a Snapshot,
    asker: &'a Asker,
    extras: Extras<'a>,
) -> Option<Directory<'a>> {
    let record = record(snapshot, asker)?;
    let below = |directory: Option<&Path>, name: &str| {
        directory.and_then(|directory| directory.child(name).ok())
    };
    let leaf = |directory, name: &str| snapshot.value(&below(directory, name)?);
    let own = |path: Option<Path>| {
        path.map_or_else(|| Directory::new(Naming::Own), |path| copied(snapshot, &path))
    };
    let links = asker.mapping();
    let facts = Facts {
        host: &|name| leaf(Some(record), name),
        cluster: &|name| leaf(links.get("cluster"), name),
        project: project(asker),
        number: extras.number,
        attributes: own(below(Some(record), "attributes")),
        project_attributes: own(below(links.get("project"), "attributes")),
        guest: extras.guest_attributes.then(|| own(below(Some(record), GUEST))),
        account: extras.account,
    };
    Some(tree(&facts))
}

/// A directory of the store as it is.
fn copied<'a>(snapshot: &'a Snapshot, path: &Path) -> Directory<'a> {
    let mut names = Vec::new();
    snapshot.each_name(path, |name, directory| names.push((name.to_owned(), directory)));
    let mut copy = Directory::new(Naming::Own);
    for (name, directory) in names {
        let Ok(child) = path.child(&name) else { continue };
        if directory {
            copy.put(name, Node::Directory(copied(snapshot, &child)));
        } else if let Some(value) = snapshot.value(&child) {
            copy.put(name, Node::Leaf(Leaf::text(value)));
        }
    }
    copy
}
