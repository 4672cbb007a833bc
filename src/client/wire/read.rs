//! Reads on the wire: what is asked for, and the lines of the answer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::client::failure::Failure;
use crate::model::path::Path;
use crate::store::{At, Item, LeaseId, Revision, What};

/// `POST /v1/read`: what to read, at which revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub what: Vec<Wanted>,
    /// None: the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
}

/// [`What`], on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    Key(Path),
    Tree(Path),
    All(Path),
}

impl Read {
    pub fn new(what: &[What], at: At) -> Read {
        Read { what: what.iter().map(Wanted::from).collect(), revision: revision(at) }
    }

    pub fn what(&self) -> Vec<What> {
        self.what.iter().cloned().map(What::from).collect()
    }

    pub fn at(&self) -> At {
        at(self.revision)
    }
}

/// What a revision that may be given means.
pub fn at(revision: Option<Revision>) -> At {
    revision.map_or(At::Latest, At::Revision)
}

fn revision(at: At) -> Option<Revision> {
    match at {
        At::Latest => None,
        At::Revision(revision) => Some(revision),
    }
}

impl From<&What> for Wanted {
    fn from(what: &What) -> Wanted {
        match what.clone() {
            What::Key(path) => Wanted::Key(path),
            What::Subtree(path) => Wanted::Tree(path),
            What::All(path) => Wanted::All(path),
        }
    }
}

impl From<Wanted> for What {
    fn from(wanted: Wanted) -> What {
        match wanted {
            Wanted::Key(path) => What::Key(path),
            Wanted::Tree(path) => What::Subtree(path),
            Wanted::All(path) => What::All(path),
        }
    }
}

/// A line of the answer to a read: a leaf.
#[derive(Debug, Serialize)]
pub struct Leaf<'a> {
    path: &'a str,
    value: &'a str,
    create_revision: Revision,
    mod_revision: Revision,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseId>,
}

impl<'a> From<Item<'a>> for Leaf<'a> {
    fn from(item: Item<'a>) -> Leaf<'a> {
        let Item { path, value, create_revision, mod_revision, lease } = item;
        Leaf { path, value, create_revision, mod_revision, lease }
    }
}

/// Any line of the answer to a read, as it is taken: a leaf, or the end.
#[derive(Debug, Deserialize)]
pub struct ReadLine<'a> {
    #[serde(borrow, default)]
    path: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
    #[serde(default)]
    create_revision: Revision,
    #[serde(default)]
    mod_revision: Revision,
    #[serde(default)]
    lease: Option<LeaseId>,
    /// The last line: the revision at which all of it is true.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// The last line: what went wrong on the way.
    #[serde(default)]
    pub error: Option<Failure>,
}

impl ReadLine<'_> {
    pub fn item(&self) -> Item<'_> {
        Item {
            path: &self.path,
            value: &self.value,
            create_revision: self.create_revision,
            mod_revision: self.mod_revision,
            lease: self.lease,
        }
    }
}

/// The last line of an answer: the revision at which it is true, or why there is
/// no more of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    Revision(Revision),
    Error(Failure),
}

/// `GET /v1/names`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Names {
    pub revision: Revision,
    pub names: Vec<Name>,
}

/// One child of a directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct Name {
    pub name: String,
    pub directory: bool,
}
