//! A finding: what is wrong, where, since when, and how to mend it.

use serde::Serialize;

use crate::model::path::Path;

/// What is wrong; the words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A cluster is linked to one that is not there.
    DanglingLink,
    /// A node's mapping leads to a cluster or a host that is not there.
    DanglingMapping,
    /// No mapping leads to a host.
    HostWithoutMapping,
    /// A mapping leads to a host that has another ip.
    MappingOfOtherIp,
    /// The links of a role's parameters are not those of its keys.
    RoleEnvOutOfStep,
    DuplicateIp,
    DuplicateSid,
    DuplicateGsid,
    DuplicateNodeId,
    DuplicateInstanceId,
    /// A host's record has no ip.
    HostWithoutIp,
    /// A host that is being added is not among the hosts.
    AddingHostNotInHosts,
    /// A host that is being removed is not among the hosts.
    DeletingHostNotInHosts,
    /// What is there only while something runs, and nothing does.
    LeftOverAddingHosts,
    LeftOverDeletingHosts,
    LeftOverVerticalScaling,
    LeftOverUpgradeAudit,
    /// An operation that nobody works on.
    OperationAbandoned,
    /// An operation of another machine that has been under way for long.
    OperationStalled,
    OperationWithoutCluster,
    OperationUnreadable,
    /// A cluster that was never written to its end.
    ClusterHalfWritten,
    /// metactl's record of a cluster that is not there.
    RecordWithoutCluster,
    /// An id or an address is claimed for a node that is not there.
    ClaimWithoutNode,
    /// Nothing keeps others from drawing a node's id.
    NodeWithoutClaim,
    /// `/self` is a node that is not there.
    SelfWithoutNode,
    /// A key that another program has made a leaf and a directory.
    LeafAndDirectory,
    /// A value that breaks the schema.
    BadValue,
    /// Access rules that cannot be read.
    RuleUnreadable,
    /// Access rules by which a node can read nothing.
    RuleLetsNothingThrough,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nodes see something wrong, or a command will fail.
    Error,
    /// It may be meant.
    Warning,
}

/// What would be done to mend it: one key, or one subtree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub path: Path,
    /// The new value; none when it goes.
    pub value: Option<String>,
    /// Whether everything below goes with it.
    pub below: bool,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: Kind,
    pub severity: Severity,
    /// The cluster that it is about; none when it belongs to none.
    pub cluster: Option<String>,
    /// One lower-case line.
    pub what: String,
    /// Where it is.
    pub paths: Vec<Path>,
    /// The revision at which the newest of those leaves was written; 0 when unknown.
    pub revision: u64,
    /// When that was, as `2026-01-31T12:00:00Z`; none when nothing tells.
    pub time: Option<String>,
    /// How to mend it: a sentence with something to type.
    pub mend: String,
    /// Whether `doctor --fix` mends it.
    pub fixable: bool,
    /// What `doctor --fix` does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Kind {
    /// Its word, as in JSON.
    pub fn word(self) -> String {
        let word = serde_json::to_value(self).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }
}

impl Severity {
    /// Its word, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl Change {
    /// Writes a value.
    pub fn put(path: Path, value: impl Into<String>) -> Change {
        Change { path, value: Some(value.into()), below: false }
    }

    /// Takes one key away.
    pub fn delete(path: Path) -> Change {
        Change { path, value: None, below: false }
    }

    /// Takes everything at and below a path away.
    pub fn delete_tree(path: Path) -> Change {
        Change { path, value: None, below: true }
    }
}

impl Finding {
    /// An error in no cluster, without a place; the rest is added to it.
    pub fn new(kind: Kind, what: impl Into<String>) -> Finding {
        Finding {
            kind,
            severity: Severity::Error,
            cluster: None,
            what: what.into(),
            paths: Vec::new(),
            revision: 0,
            time: None,
            mend: String::new(),
            fixable: false,
            changes: Vec::new(),
        }
    }

    /// It may be meant.
    pub fn warning(mut self) -> Finding {
        self.severity = Severity::Warning;
        self
    }

    /// The cluster that it is about.
    pub fn of(mut self, cluster: &str) -> Finding {
        self.cluster = Some(cluster.to_owned());
        self
    }

    /// One more place, and since when it is so.
    pub fn at(mut self, path: Path, revision: u64) -> Finding {
        self.paths.push(path);
        self.revision = self.revision.max(revision);
        self
    }

    /// How a person mends it.
    pub fn mend(mut self, how: impl Into<String>) -> Finding {
        self.mend = how.into();
        self
    }

    /// What `doctor --fix` does.
    pub fn fix(mut self, changes: impl IntoIterator<Item = Change>) -> Finding {
        self.changes.extend(changes);
        self.fixable = true;
        if self.mend.is_empty() {
            "Type `metactl doctor --fix`".clone_into(&mut self.mend);
        }
        self
    }
}
