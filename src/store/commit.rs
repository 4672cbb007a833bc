//! A commit: conditions, changes, and who makes them why.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Changes, Revision};
use crate::model::path::Path;

/// The most paths that a note names; the rest is a count.
pub const MAX_NOTED_PATHS: usize = 64;

/// What one call to [`Store::commit`](super::Store::commit) applies.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    pub guards: Vec<Guard>,
    pub changes: Changes,
    pub note: Note,
}

/// A condition that must hold at the moment of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is no such leaf.
    Absent(Path),
    /// The leaf was last changed by that revision; 0 means [`Guard::Absent`].
    Revision(Path, Revision),
    /// The leaf has that value.
    Value(Path, String),
    /// No commit of metactl has touched the unit after that revision (see
    /// [`unit()`]); changes by foreign writers are not seen.
    Unchanged { unit: String, since: Revision },
}

/// Who commits, and by which command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// `user@host`, or what the user has set.
    pub actor: String,
    /// The words of the command, without values: `put /cl-1/env/port`.
    pub command: String,
    /// Drawn for each commit; tells whether an unanswered commit has arrived.
    pub operation: String,
}

/// A note as it is kept with its revision. Values are never in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    #[serde(flatten)]
    pub note: Note,
    /// Milliseconds since 1970, by the writer's clock.
    pub time_ms: i64,
    /// The first [`MAX_NOTED_PATHS`] paths that changed, in bytewise order.
    pub paths: Vec<Path>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

impl Logged {
    /// What became of the commit that was `revision`.
    pub(super) fn outcome(&self, revision: Revision) -> Outcome {
        Outcome { revision, changed: self.paths.len() + self.more }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The commit's revision, or the store's newest one when nothing changed.
    pub revision: Revision,
    /// How many keys were written or deleted; metactl's own bookkeeping
    /// (log, generations) is not counted.
    pub changed: usize,
}

/// The part of the tree that is written as one: a cluster's id, wherever
/// `--cluster-root` puts it, else the first segment.
///
/// Every commit that touches a unit puts `/_metactl/gen/<unit>`, whose revision
/// therefore says when metactl last changed anything of it.
pub fn unit(path: &Path) -> Option<&str> {
    unit_of(path.as_str())
}

/// [`unit()`] of a path's text.
pub(super) fn unit_of(path: &str) -> Option<&str> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    let second = segments.next();
    if first == "_metactl" {
        return second.filter(|own| !matches!(*own, "gen" | "log"));
    }
    [Some(first), second].into_iter().flatten().find(|name| name.starts_with("cl-")).or(Some(first))
}

/// The unit whose generation is kept at `path`.
pub(super) fn unit_key(path: &str) -> Option<&str> {
    path.strip_prefix("/_metactl/gen/")
}

/// Whether a path holds what stores write by themselves: the log, a generation.
pub(super) fn is_bookkeeping(path: &str) -> bool {
    let own = path.strip_prefix("/_metactl/").unwrap_or_default();
    matches!(own, "log" | "gen") || own.starts_with("log/") || own.starts_with("gen/")
}

/// Gathers what a note and the generations need to know of a commit's changes.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How many keys really change.
    pub(super) changed: usize,
    /// The first paths in bytewise order.
    paths: BTreeSet<String>,
    /// The units touched.
    pub(super) units: BTreeSet<String>,
    last_unit: String,
}

impl Tally {
    /// Counts the change of one key.
    pub(super) fn add(&mut self, path: &str) {
        self.changed += 1;
        let last = self.paths.last().map_or("", String::as_str);
        if self.paths.len() < MAX_NOTED_PATHS || path < last {
            self.paths.insert(path.to_owned());
            if self.paths.len() > MAX_NOTED_PATHS {
                self.paths.pop_last();
            }
        }
        // Neighbours mostly share their unit.
        if let Some(unit) = unit_of(path).filter(|unit| *unit != self.last_unit) {
            unit.clone_into(&mut self.last_unit);
            self.units.insert(unit.to_owned());
        }
    }

    /// The note as it is kept.
    pub(super) fn logged(&self, note: &Note, time_ms: i64) -> Logged {
        Logged {
            note: note.clone(),
            time_ms,
            paths: self.paths.iter().filter_map(|path| Path::from_stored(path)).collect(),
            more: self.changed - self.paths.len(),
        }
    }
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as i64
}

/// The key whose revision is that of the unit's newest commit.
pub fn generation_key(unit: &str) -> Option<Path> {
    Path::from_stored(&format!("/_metactl/gen/{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_cluster_or_a_top_level_name() {
        let unit_of = |text: &str| unit(&Path::parse(text).unwrap()).map(str::to_owned);
        assert_eq!(unit_of("/cl-abc/env/x").as_deref(), Some("cl-abc"));
        assert_eq!(unit_of("/clusters/cl-abc/env").as_deref(), Some("cl-abc"));
        assert_eq!(unit_of("/projects/default/attributes/k").as_deref(), Some("projects"));
        assert_eq!(unit_of("/_metad/mapping/default/10.0.0.1/host").as_deref(), Some("_metad"));
        assert_eq!(unit_of("/_metactl/claims/gsid/1").as_deref(), Some("claims"));
        assert_eq!(unit_of("/_metactl/gen/cl-abc"), None);
        assert_eq!(unit_of("/"), None);
    }
}
