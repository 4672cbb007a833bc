//! Watches on the wire: one commit a line.

use serde::{Deserialize, Serialize};

use crate::client::failure::Failure;
use crate::model::path::Path;
use crate::store::{Changed, LeaseId, Logged, Revised, Revision};

/// `POST /v1/watch`: which subtrees, after which revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchFrom {
    pub trees: Vec<Path>,
    pub from: Revision,
    /// Without what was there before each change, as by
    /// [`Store::follow`](crate::store::Store::follow).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
}

/// A line of a watch; lines between them that are empty say that it is alive.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchLine {
    Commit(Told),
    Away(Failure),
    Back(bool),
    Error(Failure),
}

/// [`Revised`], on the wire.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    pub revision: Revision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Logged>,
    changes: Vec<ToldChange>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ToldChange {
    path: Path,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseId>,
}

impl From<Revised> for Told {
    fn from(revised: Revised) -> Told {
        let change = |change: Changed| {
            let Changed { path, previous, value, lease } = change;
            ToldChange { path, previous, value, lease }
        };
        let Revised { revision, note, changes } = revised;
        Told { revision, note, changes: changes.into_iter().map(change).collect() }
    }
}

impl From<Told> for Revised {
    fn from(told: Told) -> Revised {
        let change = |change: ToldChange| {
            let ToldChange { path, previous, value, lease } = change;
            Changed { path, previous, value, lease }
        };
        let Told { revision, note, changes } = told;
        Revised { revision, note, changes: changes.into_iter().map(change).collect() }
    }
}
