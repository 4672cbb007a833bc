//! What is there only while an operation runs.

use std::collections::BTreeMap;

use super::facts::{About, Facts};
use super::finding::{Change, Finding, Kind};

/// What of it a cluster has: records below a directory or leaves, each with the
/// revision of its newest leaf.
#[derive(Debug, Default)]
pub(super) struct Temporary {
    pub(super) adding: BTreeMap<String, u64>,
    pub(super) deleting: BTreeMap<String, u64>,
    pub(super) scaling: Option<u64>,
    pub(super) upgrade: Option<u64>,
}

impl Temporary {
    /// What is left over, and which records are of hosts that are not there.
    pub(super) fn findings(&self, facts: &Facts) -> Vec<Finding> {
        let newest = |records: &BTreeMap<String, u64>| records.values().max().copied();
        let about = &facts.about;
        let mut found = Vec::new();
        for (revision, kind, name) in [
            (newest(&self.adding), Kind::LeftOverAddingHosts, "adding-hosts"),
            (newest(&self.deleting), Kind::LeftOverDeletingHosts, "deleting-hosts"),
            (self.scaling, Kind::LeftOverVerticalScaling, "vertical-scaling-roles"),
            (self.upgrade, Kind::LeftOverUpgradeAudit, "cluster/upgrade-audit"),
        ] {
            let left = revision.filter(|_| !about.in_operation);
            found.extend(left.map(|revision| left_over(facts, kind, name, revision)));
        }
        for (records, kind, top) in [
            (&self.adding, Kind::AddingHostNotInHosts, "adding-hosts"),
            (&self.deleting, Kind::DeletingHostNotInHosts, "deleting-hosts"),
        ] {
            let unknown = records.iter().filter(|(record, _)| {
                facts.hosts.binary_search_by(|host| (*host.record).cmp(record)).is_err()
            });
            found.extend(unknown.map(|(record, revision)| {
                let place = facts.below(&format!("{top}/{record}"));
                let what = format!("`{record}` is in `{top}` and not in `hosts`");
                let finding = Finding::new(kind, what).of(&about.id).at(place.clone(), *revision);
                mended(finding, about, Change::delete_tree(place))
            }));
        }
        found
    }
}

fn left_over(facts: &Facts, kind: Kind, name: &str, revision: u64) -> Finding {
    let place = facts.below(name);
    let what = format!("`{name}` is there, and no operation is in flight");
    let finding = Finding::new(kind, what).of(&facts.about.id).at(place.clone(), revision);
    let finding = mended(finding, &facts.about, Change::delete_tree(place));
    if facts.about.made_here { finding } else { finding.warning() }
}

/// Only where nobody is at work: in a cluster that another program keeps, the
/// operation may be that program's.
fn mended(finding: Finding, about: &About, change: Change) -> Finding {
    let id = &about.id;
    if about.in_operation {
        return finding.mend(format!(
            "Complete the operation with `metactl scale finish --cluster {id}`, or undo it with `metactl scale abort --cluster {id}`"
        ));
    }
    if !about.made_here {
        let how = format!("If nobody is at work there, type `metactl rm -r {}`", change.path);
        return finding.mend(how);
    }
    finding.fix([change])
}
