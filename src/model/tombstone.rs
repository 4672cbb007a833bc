//! What is kept of a node that a scale-in has taken away.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::path::Path;

/// Where tombstones are, one leaf a node.
pub const TOMBSTONES: &str = "/_metactl/tombstones";

/// Where that of a node is, by its node id.
pub fn path(node_id: &str) -> Result<Path> {
    Path::parse(TOMBSTONES)?.child(node_id)
}

/// A node that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    pub node_id: String,
    pub instance_id: String,
    /// The cluster's id.
    pub cluster: String,
    /// None in a cluster without roles.
    pub role: Option<String>,
    pub ip: String,
    pub sid: u32,
    /// Where its record was.
    pub path: Path,
    /// When it was taken away, as `2026-01-31T12:00:00Z`.
    pub removed: String,
    /// By whom, as in a commit's note, and by which command.
    pub actor: String,
    pub command: String,
    /// A revision at which its record can still be read, until that is compacted.
    pub revision: u64,
}

impl Tombstone {
    /// Where it is kept: by the instance id, where others have written a record
    /// without a node id.
    pub fn place(&self) -> Result<Path> {
        path(if self.node_id.is_empty() { &self.instance_id } else { &self.node_id })
    }

    /// Reads one; `Invalid` when the text is none.
    pub fn read(text: &str) -> Result<Tombstone> {
        serde_json::from_str(text)
            .map_err(|error| Error::invalid("reading the tombstone of a node").because(error))
    }

    /// Its text.
    pub fn write(&self) -> String {
        // Names, numbers and texts: nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back() {
        let tombstone = Tombstone {
            node_id: "cln-1".to_owned(),
            instance_id: "i-1".to_owned(),
            cluster: "cl-1".to_owned(),
            role: None,
            ip: "10.0.0.1".to_owned(),
            sid: 7,
            path: Path::parse("/cl-1/hosts/i-1").unwrap(),
            removed: "2026-01-31T12:00:00Z".to_owned(),
            actor: "a@b".to_owned(),
            command: "scale in cl-1".to_owned(),
            revision: 9,
        };
        assert_eq!(Tombstone::read(&tombstone.write()).unwrap(), tombstone);
        assert!(Tombstone::read("{}").is_err());
    }
}
