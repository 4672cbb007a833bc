//! Commits on the wire: conditions, changes, who and why.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use crate::model::path::Path;
use crate::store::{Changes, Commit, Guard, LeaseId, Note, Outcome, Revision};

/// `POST /v1/commit`, as it is sent.
#[derive(Debug, Serialize)]
pub struct CommitSent<'a> {
    guards: Vec<Condition>,
    #[serde(serialize_with = "puts")]
    puts: &'a Changes,
    deletes: &'a [Path],
    delete_trees: &'a [Path],
    note: &'a Note,
    #[serde(skip_serializing_if = "Option::is_none")]
    maybe_after: Option<Revision>,
}

impl<'a> CommitSent<'a> {
    /// `maybe_after`: an attempt before this one may have made the commit, after
    /// that revision.
    pub fn new(commit: &'a Commit, note: &'a Note, maybe_after: Option<Revision>) -> Self {
        CommitSent {
            guards: commit.guards.iter().map(Condition::from).collect(),
            puts: &commit.changes,
            deletes: commit.changes.deleted(),
            delete_trees: commit.changes.deleted_trees(),
            note,
            maybe_after,
        }
    }
}

fn puts<S: Serializer>(changes: &Changes, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Put<'a> {
        path: &'a str,
        value: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        lease: Option<LeaseId>,
    }
    let mut puts = serializer.serialize_seq(Some(changes.puts()))?;
    changes
        .try_each_put(|path, value, lease| puts.serialize_element(&Put { path, value, lease }))?;
    puts.end()
}

/// `POST /v1/commit`, as it is taken; what is not given is empty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitTaken {
    #[serde(default)]
    guards: Vec<Condition>,
    #[serde(default)]
    puts: Vec<PutTaken>,
    #[serde(default)]
    deletes: Vec<Path>,
    #[serde(default)]
    delete_trees: Vec<Path>,
    #[serde(default)]
    note: NoteTaken,
    #[serde(default)]
    pub maybe_after: Option<Revision>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutTaken {
    path: Path,
    value: String,
    #[serde(default)]
    lease: Option<LeaseId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NoteTaken {
    actor: String,
    command: String,
    operation: String,
}

impl From<CommitTaken> for Commit {
    fn from(taken: CommitTaken) -> Commit {
        let mut changes = Changes::new();
        for PutTaken { path, value, lease } in &taken.puts {
            match lease {
                Some(lease) => changes.put_with_lease(path, value, *lease),
                None => changes.put(path, value),
            }
        }
        taken.deletes.iter().for_each(|path| changes.delete(path));
        taken.delete_trees.iter().for_each(|top| changes.delete_tree(top));
        let NoteTaken { actor, command, operation } = taken.note;
        Commit {
            guards: taken.guards.into_iter().map(Guard::from).collect(),
            changes,
            note: Note { actor, command, operation },
        }
    }
}

/// [`Guard`], on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Condition {
    Absent { path: Path },
    Revision { path: Path, revision: Revision },
    Value { path: Path, value: String },
    Unchanged { unit: String, since: Revision },
}

impl From<&Guard> for Condition {
    fn from(guard: &Guard) -> Condition {
        match guard.clone() {
            Guard::Absent(path) => Condition::Absent { path },
            Guard::Revision(path, revision) => Condition::Revision { path, revision },
            Guard::Value(path, value) => Condition::Value { path, value },
            Guard::Unchanged { unit, since } => Condition::Unchanged { unit, since },
        }
    }
}

impl From<Condition> for Guard {
    fn from(condition: Condition) -> Guard {
        match condition {
            Condition::Absent { path } => Guard::Absent(path),
            Condition::Revision { path, revision } => Guard::Revision(path, revision),
            Condition::Value { path, value } => Guard::Value(path, value),
            Condition::Unchanged { unit, since } => Guard::Unchanged { unit, since },
        }
    }
}

/// `GET /v1/made`: what became of a commit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Made {
    pub made: Option<Outcome>,
}
