//! Mending what is safe, in one commit.

use std::collections::{BTreeMap, BTreeSet};

use super::examine::{Done, Examined, examine};
use crate::error::{Error, Kind, Result};
use crate::model::checkup::finding::{self, Change, Finding};
use crate::model::difference::Difference;
use crate::model::path::Path;
use crate::ops::operation::busy;
use crate::ops::preview;
use crate::ops::view::{View, fixed};
use crate::store::{Changes, Commit, Guard, Note, Outcome, Revision, commit};

/// How often it is tried when others write meanwhile.
const ATTEMPTS: usize = 16;
/// The most clusters that one commit mends: each takes two conditions, and a
/// store takes about a hundred in all.
const MOST_CLUSTERS: usize = 40;

/// What would be done: one change a path, in the order of the paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// How many findings that mends.
    pub findings: usize,
    /// The clusters that it is decided on.
    clusters: BTreeSet<String>,
    /// Those in which nothing may be in flight.
    idle: BTreeSet<String>,
    revision: Revision,
}

/// What has to be done to mend everything that is safe to mend; of very many
/// clusters those that one commit takes.
pub fn plan(examined: &Examined) -> Plan {
    let mut plan = Plan { revision: examined.revision, ..Plan::default() };
    let mut trees = BTreeSet::new();
    let mut keys: BTreeMap<&Path, &Change> = BTreeMap::new();
    for finding in examined.findings.iter().filter(|finding| finding.fixable) {
        if !plan.take(finding) {
            continue;
        }
        for change in &finding.changes {
            match change.below {
                true => drop(trees.insert(change.path.clone())),
                false => drop(keys.insert(&change.path, change)),
            }
        }
    }
    let gone = |path: &Path| {
        path.ancestors().filter_map(Path::from_stored).any(|above| trees.contains(&above))
    };
    let tops = trees.iter().filter(|top| !gone(top)).cloned().map(Change::delete_tree);
    let keys = keys.into_values().filter(|change| {
        change.value.is_some() || !(gone(&change.path) || trees.contains(&change.path))
    });
    plan.changes = tops.chain(keys.cloned()).collect();
    plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
    plan
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The difference that it would make.
    pub async fn preview(&self, view: &View) -> Result<Difference> {
        let at = fixed(self.revision);
        Ok(preview::preview(view.store(), &self.changes(), at).await?.1)
    }

    fn take(&mut self, finding: &Finding) -> bool {
        if let Some(id) = &finding.cluster {
            if !self.clusters.contains(id) && self.clusters.len() == MOST_CLUSTERS {
                return false;
            }
            self.clusters.insert(id.clone());
            self.idle.extend(is_left_over(finding).then(|| id.clone()));
        }
        self.findings += 1;
        true
    }

    /// Nothing that it was decided on has changed since.
    fn guards(&self) -> Result<Vec<Guard>> {
        let mut units = self.clusters.clone();
        units.extend(
            self.changes.iter().filter_map(|change| commit::unit(&change.path).map(str::to_owned)),
        );
        let since = self.revision;
        let mut guards: Vec<Guard> =
            units.into_iter().map(|unit| Guard::Unchanged { unit, since }).collect();
        for id in &self.idle {
            guards.push(busy::guard(id)?);
        }
        Ok(guards)
    }

    fn changes(&self) -> Changes {
        let mut changes = Changes::new();
        for Change { path, value, below } in &self.changes {
            match value {
                Some(value) => changes.put(path, value),
                None if *below => changes.delete_tree(path),
                None => changes.delete(path),
            }
        }
        changes
    }
}

/// Whether it is only wrong as long as nothing is in flight.
fn is_left_over(finding: &Finding) -> bool {
    use finding::Kind::{
        AddingHostNotInHosts, DeletingHostNotInHosts, LeftOverAddingHosts, LeftOverDeletingHosts,
        LeftOverUpgradeAudit, LeftOverVerticalScaling,
    };
    matches!(
        finding.kind,
        AddingHostNotInHosts
            | DeletingHostNotInHosts
            | LeftOverAddingHosts
            | LeftOverDeletingHosts
            | LeftOverUpgradeAudit
            | LeftOverVerticalScaling
    )
}

/// Does what `plan` says, in one commit.
///
/// Where others have written meanwhile it is looked at again: `Conflict` when
/// something else would have to be done now.
pub async fn mend(
    view: &View,
    mut agreed: Plan,
    only: &[String],
    note: Note,
    done: Done<'_>,
) -> Result<Outcome> {
    for attempt in 1.. {
        let operation = format!("{}{attempt}", note.operation);
        let note = Note { operation, ..note.clone() };
        let commit = Commit { guards: agreed.guards()?, changes: agreed.changes(), note };
        match view.store().commit(&commit).await {
            Err(error) if error.kind() == Kind::Conflict && attempt < ATTEMPTS => {
                let now = plan(&examine(view, only, done).await?);
                if now.changes != agreed.changes {
                    break;
                }
                agreed = now;
            }
            outcome => return outcome,
        }
    }
    Err(Error::conflict("mending what is wrong: the store has been changed meanwhile")
        .hint("Look again: `metactl doctor --fix`"))
}
