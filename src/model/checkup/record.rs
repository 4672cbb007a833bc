//! metactl's own records of clusters, and who `/self` is.

use super::facts::{Leaf, below};
use super::finding::{Change, Finding, Kind};
use crate::model::cluster::records;
use crate::model::path::Path;

/// A cluster's record, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub group: Option<String>,
    pub project: Option<String>,
    pub state: Option<String>,
    /// The revision of its newest leaf.
    pub revision: u64,
}

impl Record {
    /// Takes one leaf of the record.
    pub fn take(&mut self, leaf: &Leaf) {
        self.revision = self.revision.max(leaf.revision);
        match leaf.name.as_str() {
            "group" => self.group = Some(leaf.value.clone()),
            "project" => self.project = Some(leaf.value.clone()),
            "state" => self.state = Some(leaf.value.clone()),
            _ => {}
        }
    }

    /// Whether it is of a cluster whose parts are not all written.
    pub fn is_half(&self) -> bool {
        self.state.as_deref() == Some("creating")
    }

    /// What is wrong with the record of a cluster that is half written.
    pub fn half(&self, id: &str) -> Finding {
        let what = "it is written in part only; no node sees it yet";
        let finding = Finding::new(Kind::ClusterHalfWritten, what).of(id).warning();
        finding
            .at(place(records::CLUSTERS, id), self.revision)
            .mend(format!("If nobody is at it, take it away: `metactl cluster delete {id}`"))
    }

    /// What is wrong with the record of a cluster that is not there.
    pub fn orphaned(&self, id: &str) -> Finding {
        let what = format!("metactl has a record of cluster `{id}`, which is not there");
        let trees = [records::CLUSTERS, records::APPS].map(|top| place(top, id));
        let finding = Finding::new(Kind::RecordWithoutCluster, what).of(id);
        finding.at(place(records::CLUSTERS, id), self.revision).fix(trees.map(Change::delete_tree))
    }
}

/// `/self` is `node_id`, which no host has.
pub fn nobody(node_id: &str, revision: u64) -> Finding {
    let own = Path::from_stored(records::SELF).unwrap_or_else(Path::root);
    let what = format!("`/self` is node `{node_id}`, which is not there");
    let finding = Finding::new(Kind::SelfWithoutNode, what).at(own.clone(), revision);
    finding.fix([Change::delete(own)])
}

fn place(top: &str, id: &str) -> Path {
    below(&Path::from_stored(top).unwrap_or_else(Path::root), id)
}
