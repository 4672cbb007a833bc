//! Operations that nobody works on.

use super::finding::{Change, Finding, Kind};
use crate::model::operation::{self, Operation, Work};
use crate::model::path::Path;

/// What is known of who works on an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// A process of this machine that runs.
    Here,
    /// A process of this machine that has ended.
    Gone,
    /// A process of another machine; whether it began more than an hour ago.
    Elsewhere { long_ago: bool },
}

/// Reads the record of an operation; a finding when it is none.
pub fn read(cluster: &str, text: &str, revision: u64) -> Result<Operation, Box<Finding>> {
    Operation::read(text).map_err(|_| {
        let what = "the record of its operation cannot be read";
        let finding = Finding::new(Kind::OperationUnreadable, what).of(cluster);
        let finding = finding.at(place(cluster), revision);
        Box::new(finding.mend(format!("Undo it: `metactl scale abort --cluster {cluster}`")))
    })
}

/// What is wrong with an operation; `exists` says whether its cluster is there.
pub fn check(
    cluster: &str,
    operation: &Operation,
    revision: u64,
    writer: Writer,
    exists: bool,
) -> Option<Finding> {
    let Operation { host, pid, started, work, .. } = operation;
    let name = work.name();
    let begins = matches!(work, Work::Create) && writer != Writer::Gone;
    if !exists && !begins {
        let what = format!("`{name}` is in flight on cluster `{cluster}`, which is not there");
        let finding = Finding::new(Kind::OperationWithoutCluster, what).of(cluster);
        let finding = finding.at(place(cluster), revision);
        return Some(match writer {
            Writer::Gone => finding.fix([Change::delete(place(cluster))]),
            _ => finding.mend(ways(cluster)),
        });
    }
    let finding = match writer {
        Writer::Here | Writer::Elsewhere { long_ago: false } => return None,
        Writer::Gone => {
            let what = format!(
                "`{name}` is in flight since {started}, and process {pid} on {host}, which was at it, has ended"
            );
            Finding::new(Kind::OperationAbandoned, what)
        }
        Writer::Elsewhere { long_ago: true } => {
            let what = format!("`{name}` is in flight since {started} (process {pid} on {host})");
            Finding::new(Kind::OperationStalled, what).warning()
        }
    };
    Some(finding.of(cluster).at(place(cluster), revision).mend(ways(cluster)))
}

fn ways(cluster: &str) -> String {
    format!(
        "Complete it with `metactl scale finish --cluster {cluster}`, or undo it with `metactl scale abort --cluster {cluster}`"
    )
}

fn place(cluster: &str) -> Path {
    operation::path(cluster).unwrap_or_else(|_| Path::root())
}
