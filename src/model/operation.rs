//! An operation on a cluster: the record of a rehearsal of the life cycle while
//! it is under way, kept as JSON at `/_metactl/ops/<cluster>`.
//!
//! The key is the lock: as long as it is there, nothing else of the life cycle
//! starts on that cluster. Whoever holds the operation has its owner token and
//! writes the record anew with every phase; whoever takes it over writes a
//! token of his own, and the one before fails with his next phase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::app::package::Package;
use crate::model::app::role::Size;
use crate::model::host::Host;
use crate::model::path::Path;

/// Where operations are, one leaf a cluster.
pub const OPERATIONS: &str = "/_metactl/ops";

/// Where the operation of a cluster is.
pub fn path(cluster: &str) -> Result<Path> {
    Path::parse(OPERATIONS)?.child(cluster)
}

/// An operation as its record tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// `op-` and 8 of `[a-z0-9]`.
    pub id: String,
    /// The cluster's id.
    pub cluster: String,
    /// `user@host`, as in a commit's note.
    pub actor: String,
    /// The command as it was typed, without values that could be secret.
    pub command: String,
    /// The machine and the process that began it, or took it over.
    pub host: String,
    pub pid: u32,
    /// Drawn by whoever holds it.
    pub owner: String,
    /// When it began, as `2026-01-31T12:00:00Z`.
    pub started: String,
    /// The names of its phases, in order.
    pub phases: Vec<String>,
    /// How many of them are done.
    pub done: usize,
    /// The nodes it is about, once they are known.
    pub nodes: Vec<Node>,
    /// Leaves that it has changed, beside whole records: restored by `abort`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
    /// Whether the app's commands are run by the nodes' agents.
    #[serde(default)]
    pub run_commands: bool,
    /// Whether it goes on where a user may insist.
    #[serde(default)]
    pub force: bool,
    /// What it does.
    #[serde(flatten)]
    pub work: Work,
}

/// One node that an operation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub role: Option<String>,
    pub ip: String,
    pub sid: u32,
    pub gid: u32,
    pub gsid: String,
    pub instance_id: String,
    pub node_id: String,
}

/// A leaf as it was before an operation, and as the operation has left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub path: Path,
    /// None when there was none.
    pub was: Option<String>,
    /// None when it was deleted.
    pub wrote: Option<String>,
}

/// What an operation does, with what it needs to know to be finished by others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Work {
    ScaleOut {
        role: Option<String>,
        /// Groups where the role has replicas, else nodes.
        count: u32,
        #[serde(default)]
        size: Sizes,
    },
    ScaleIn,
    ScaleUp {
        role: Option<String>,
        size: Sizes,
        /// Node by node.
        sequential: bool,
    },
    Start {
        /// Whether the nodes keep their instance ids.
        #[serde(default)]
        keep_ids: bool,
        /// The old instance ids, by the new ones; known once they are drawn.
        #[serde(default)]
        renamed: BTreeMap<String, String>,
    },
    Stop,
    Upgrade {
        /// Versions of the app; empty where nobody says them.
        from: String,
        to: String,
        /// Parameters that were not there before.
        #[serde(default)]
        added: Vec<Path>,
        /// Parameters that go with the last phase.
        #[serde(default)]
        vanished: Vec<Path>,
        /// The revision that the last phase was decided on, where what it takes
        /// away can still be read; 0 before.
        #[serde(default)]
        completed_from: u64,
        /// What is needed to begin; with the first phase it is in the tree.
        #[serde(skip)]
        new: Option<Box<Upgraded>>,
    },
    Create,
    Delete,
}

/// A new version of an app, and what a user sets of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// The package's own name, without directories and endings.
    pub name: String,
    pub package: Package,
    /// `--set PROPERTY=VALUE`, in order.
    pub set: Vec<(String, String)>,
    /// `--values`: the name of the file and its text.
    pub values: Option<(String, String)>,
}

/// What of a node's size is to be otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<u32>,
    /// In MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u32>,
    /// In GiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_class: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_class: Option<u32>,
}

impl Operation {
    /// Reads a record; `Invalid` when it is none.
    pub fn read(text: &str) -> Result<Operation> {
        serde_json::from_str(text)
            .map_err(|error| Error::invalid("reading the record of an operation").because(error))
    }

    /// The record's text.
    pub fn write(&self) -> String {
        // Names, numbers and texts: nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Remembers a leaf that is written; what it was before the first time stays.
    pub fn keep(&mut self, before: Before) {
        match self.before.iter_mut().find(|one| one.path == before.path) {
            Some(one) => one.wrote = before.wrote,
            None => self.before.push(before),
        }
    }

    /// The phase that comes next; none when only the record is left.
    pub fn next(&self) -> Option<&str> {
        self.phases.get(self.done).map(String::as_str)
    }
}

impl Node {
    /// The node that a host is.
    pub fn of(host: &Host) -> Node {
        Node {
            role: host.role.clone(),
            ip: host.ip.clone(),
            sid: host.sid,
            gid: host.gid,
            gsid: host.gsid.clone(),
            instance_id: host.instance_id.clone(),
            node_id: host.node_id.clone(),
        }
    }

    /// Where its record is below `hosts/`, `adding-hosts/` or `deleting-hosts/`.
    pub fn below(&self, directory: &Path) -> Result<Path> {
        match &self.role {
            Some(role) => directory.child(role)?.child(&self.instance_id),
            None => directory.child(&self.instance_id),
        }
    }
}

impl Work {
    /// What it is called: the words that begin it.
    pub fn name(&self) -> &'static str {
        match self {
            Work::ScaleOut { .. } => "scale out",
            Work::ScaleIn => "scale in",
            Work::ScaleUp { .. } => "scale up",
            Work::Start { .. } => "cluster start",
            Work::Stop => "cluster stop",
            Work::Upgrade { .. } => "cluster upgrade",
            Work::Create => "cluster create",
            Work::Delete => "cluster delete",
        }
    }
}

impl Sizes {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Sizes::default()
    }

    /// A size with what is said here in place of its own.
    pub fn over(&self, size: &Size) -> Size {
        Size {
            cpu: self.cpu.unwrap_or(size.cpu),
            gpu: self.gpu.unwrap_or(size.gpu),
            memory: self.memory.unwrap_or(size.memory),
            volume_size: self.volume_size.unwrap_or(size.volume_size),
            instance_class: self.instance_class.unwrap_or(size.instance_class),
            volume_class: self.volume_class.unwrap_or(size.volume_class),
            ..size.clone()
        }
    }
}
