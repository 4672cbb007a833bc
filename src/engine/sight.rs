//! What one path is to one client.

use std::net::IpAddr;
use std::sync::Arc;

use super::access::{Access, State};
use super::asker::Asker;
use super::chunk::Entry;
use super::directory::{Directory, Found};
use super::snapshot::Snapshot;
use super::tree;
use crate::model::path::Path;
use crate::model::selfview::{self, Meaning, Piece};
use crate::model::tree::{Leaves, Order};
use crate::store::Revision;

/// What a client sees at a path, in one snapshot.
pub struct Sight {
    snapshot: Arc<Snapshot>,
    asker: Arc<Asker>,
    asked: Path,
    parts: Vec<Part>,
}

/// What a path holds for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    Nothing,
    Leaf(&'a str),
    /// Leaves are below it.
    Directory,
}

/// A part of the tree and where it appears.
struct Part {
    /// Below the path that was asked for; with a leading slash, or empty.
    at: String,
    real: Path,
    /// What is to be asked on the way down; none where everything may be seen.
    filter: Option<State>,
}

/// Equal keys mean equal content, as long as the process runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SightKey {
    lineage: u32,
    changed: Revision,
    /// Whose sight it is; none where everybody sees the same.
    ip: Option<IpAddr>,
    path: Path,
}

impl Sight {
    pub(super) fn new(snapshot: Arc<Snapshot>, asker: Arc<Asker>, asked: &Path) -> Sight {
        let mut parts = Vec::new();
        match selfview::below_self(asked) {
            Some(rest) => own(&asker, asked, rest, &mut parts),
            None => {
                if asked.is_root() {
                    own(&asker, asked, "", &mut parts);
                }
                parts.extend(part(asker.access(), String::new(), asked.clone()));
            }
        }
        Sight { snapshot, asker, asked: asked.clone(), parts }
    }

    /// The snapshot that it is of.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Who sees it.
    pub fn asker(&self) -> &Arc<Asker> {
        &self.asker
    }

    /// What there is.
    pub fn content(&self) -> Content<'_> {
        for part in &self.parts {
            let is_there = match self.snapshot.tree.find(&part.real).0 {
                Found::Nothing => false,
                Found::Leaf(value) if self.allows(&part.filter) => {
                    if self.parts.len() == 1 && part.at.is_empty() {
                        return Content::Leaf(value);
                    }
                    true
                }
                Found::Leaf(_) => false,
                Found::Directory(directory) => match &part.filter {
                    None => !directory.is_empty(),
                    Some(state) => self.has_any(directory, state),
                },
            };
            if is_there {
                return Content::Directory;
            }
        }
        Content::Nothing
    }

    /// The leaves of the directory that the path is, relative to it.
    pub fn leaves(&self, order: Order) -> Leaves {
        let mut leaves = Leaves::new();
        for part in &self.parts {
            let mut path = part.at.clone();
            match self.snapshot.tree.find(&part.real).0 {
                Found::Nothing => {}
                Found::Leaf(value) => {
                    if self.allows(&part.filter) {
                        leaves.push(&path, value);
                    }
                }
                Found::Directory(directory) => match &part.filter {
                    None => tree::walk(&mut path, directory, &mut |path, value| {
                        leaves.push(path, value);
                    }),
                    Some(state) => self.walk(&mut path, directory, state, &mut leaves),
                },
            }
        }
        leaves.settle(order);
        leaves
    }

    /// When anything that is seen changed last; its mapping and rules count.
    pub fn changed(&self) -> Revision {
        self.parts.iter().map(|part| self.part_changed(part)).fold(self.asker.changed(), Ord::max)
    }

    /// What the content depends on; equal keys mean equal content.
    pub fn key(&self) -> SightKey {
        let lineage = self.snapshot.lineage;
        if let [Part { at, real, filter: None }] = self.parts.as_slice()
            && at.is_empty()
        {
            let changed = self.snapshot.changed(real);
            return SightKey { lineage, changed, ip: None, path: real.clone() };
        }
        let (changed, ip) = (self.changed(), Some(self.asker.ip));
        SightKey { lineage, changed, ip, path: self.asked.clone() }
    }

    /// The paths that decide what is seen, sorted: its parts, the mapping and the rules.
    pub fn depends(&self) -> Vec<Path> {
        let parts = self.parts.iter().map(|part| &part.real);
        let mut paths: Vec<_> = parts.chain(self.asker.depends()).cloned().collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    fn allows(&self, filter: &Option<State>) -> bool {
        filter.as_ref().is_none_or(|state| self.asker.access().allows(state))
    }

    fn part_changed(&self, part: &Part) -> Revision {
        let (found, changed) = self.snapshot.tree.find(&part.real);
        match (&part.filter, found) {
            (Some(state), Found::Directory(directory)) => self.newest(directory, state),
            _ => changed,
        }
    }

    /// The newest change of what may be seen of a directory.
    fn newest(&self, directory: &Directory, state: &State) -> Revision {
        let access = self.asker.access();
        if state.is_final() {
            return if access.allows(state) { directory.changed() } else { 0 };
        }
        // What is forgotten may have been among what is allowed.
        directory.entries().fold(directory.forgotten(), |newest, (name, entry)| {
            let below = access.enter(state, name);
            let changed = match entry {
                Entry::Directory(directory) => self.newest(directory, &below),
                Entry::Leaf { changed, .. } if access.allows(&below) => changed,
                Entry::Gone { changed } if access.allows(&below) || !below.is_final() => changed,
                _ => 0,
            };
            newest.max(changed)
        })
    }

    fn has_any(&self, directory: &Directory, state: &State) -> bool {
        let access = self.asker.access();
        if state.is_final() {
            return access.allows(state) && !directory.is_empty();
        }
        directory.entries().any(|(name, entry)| {
            let below = access.enter(state, name);
            match entry {
                Entry::Directory(directory) => self.has_any(directory, &below),
                Entry::Leaf { .. } => access.allows(&below),
                Entry::Gone { .. } => false,
            }
        })
    }

    fn walk(&self, path: &mut String, directory: &Directory, state: &State, out: &mut Leaves) {
        let access = self.asker.access();
        let length = path.len();
        for (name, entry) in directory.entries() {
            // The view takes the place of anything that is stored by its name.
            if self.asked.is_root() && length == 0 && name == selfview::NAME {
                continue;
            }
            let below = access.enter(state, name);
            path.push('/');
            path.push_str(name);
            match entry {
                Entry::Leaf { value, .. } if access.allows(&below) => out.push(path, value),
                Entry::Directory(directory) if !below.is_final() => {
                    self.walk(path, directory, &below, out);
                }
                Entry::Directory(directory) if access.allows(&below) => {
                    tree::walk(path, directory, &mut |path, value| out.push(path, value));
                }
                _ => {}
            }
            path.truncate(length);
        }
    }
}

/// The parts of `/self/<rest>`, as they appear below the path that was asked for.
fn own(asker: &Asker, asked: &Path, rest: &str, parts: &mut Vec<Part>) {
    let mut reach = |at: String, real: Path| {
        // Without rules, what a link reaches may be seen by that alone.
        let reached = asker.rules().is_none() && !selfview::is_hidden(real.as_str());
        if reached && !real.is_root() {
            parts.push(Part { at, real, filter: None });
        } else {
            parts.extend(part(asker.access(), at, real));
        }
    };
    match selfview::meaning(asker.mapping(), rest) {
        Meaning::Linked { real, .. } => reach(String::new(), real),
        Meaning::Directory(pieces) => {
            pieces.into_iter().for_each(|Piece { asked: piece, real }| {
                reach(asked.relative(piece.as_str()).unwrap_or_default().to_owned(), real);
            })
        }
    }
}

/// A part by its real path; none where nothing of it may be seen.
fn part(access: &Access, at: String, real: Path) -> Option<Part> {
    let state = access.at(&real);
    if !state.is_final() {
        return Some(Part { at, real, filter: Some(state) });
    }
    access.allows(&state).then_some(Part { at, real, filter: None })
}
