//! Which node asks: the one whose mapping leads from its address to its record.

use std::net::IpAddr;

use crate::engine::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::model::command::Target;
use crate::model::mapping::RecordPath;
use crate::model::path::Path;
use crate::store::{Guard, OwnNode};

/// A node that asks.
#[derive(Debug)]
pub(super) struct Me {
    pub(super) own: OwnNode,
    pub(super) role: Option<String>,
    /// The directory of its cluster, and that of its host record.
    pub(super) cluster: Path,
    pub(super) record: Path,
    /// The leaf of its mapping by which it is that node, and its value.
    pub(super) link: (Path, String),
}

impl Me {
    /// The node at that address; `NotFound` when there is none.
    pub(super) fn find(snapshot: &Snapshot, ip: IpAddr) -> Result<Me> {
        let stranger = || {
            Error::not_found(format!("no mapping makes `{ip}` a node that has a record"))
                .hint(format!("Make its mapping: `metactl mapping set {ip} host=PATH`"))
        };
        let asker = snapshot.asker(ip);
        let record = asker.mapping().get("host").filter(|path| snapshot.is_directory(path));
        let record = record.ok_or_else(stranger)?;
        let parts = RecordPath::of(record).ok_or_else(stranger)?;
        let [mapping, _] = asker.depends();
        let link = mapping.child("host")?;
        let value = snapshot.value(&link).ok_or_else(stranger)?.to_owned();
        let node_id = snapshot.value(&record.child("node_id")?);
        let node_id = node_id.unwrap_or(&parts.instance_id).to_owned();
        let own = OwnNode {
            ip: ip.to_string(),
            node_id,
            instance_id: parts.instance_id,
            cluster: parts.cluster.name().unwrap_or_default().to_owned(),
        };
        let record = record.clone();
        Ok(Me { own, role: parts.role, cluster: parts.cluster, record, link: (link, value) })
    }

    /// Holds as long as the address is still this node's.
    pub(super) fn guard(&self) -> Guard {
        let (link, value) = self.link.clone();
        Guard::Value(link, value)
    }

    /// Of a read with that leaf: whether the address is still this node's.
    pub(super) fn check(&self, link: Option<&str>) -> Result<()> {
        if link == Some(self.link.1.as_str()) {
            return Ok(());
        }
        let message = format!("the mapping of `{}` has just changed", self.own.ip);
        Err(Error::new(Kind::Unavailable, message).retryable())
    }

    /// Itself as a command has it for a target.
    pub(super) fn target(&self) -> Target {
        Target {
            node_id: self.own.node_id.clone(),
            instance_id: self.own.instance_id.clone(),
            role: self.role.clone().unwrap_or_default(),
            ip: self.own.ip.clone(),
            sid: 0,
        }
    }
}
