//! Whether something of the life cycle is under way on a cluster.

use crate::error::{Error, Result};
use crate::model::operation::{self, Operation};
use crate::ops::view::View;
use crate::store::{At, Guard, reading};

/// The operation in flight on a cluster.
pub async fn current(view: &View, cluster: &str) -> Result<Option<Operation>> {
    let path = operation::path(cluster)?;
    let (_, entry) = reading::get(view.store(), &path, At::Latest).await?;
    let read = |text: &str| {
        Operation::read(text).map_err(|error| error.within(format!("reading `{path}`")))
    };
    entry.map(|entry| read(&entry.value)).transpose()
}

/// `Conflict` when an operation is in flight on the cluster, saying whose.
pub async fn refuse(view: &View, cluster: &str) -> Result<()> {
    match current(view, cluster).await? {
        Some(operation) => Err(conflict(&operation)),
        None => Ok(()),
    }
}

/// The condition that no operation is in flight at the moment of a commit. When
/// it does not hold, [`refuse`] has the better words.
pub fn guard(cluster: &str) -> Result<Guard> {
    Ok(Guard::Absent(operation::path(cluster)?))
}

/// The error that names the operation in the way.
pub fn conflict(operation: &Operation) -> Error {
    let Operation { cluster, actor, host, pid, started, work, .. } = operation;
    let name = work.name();
    Error::conflict(format!(
        "`{name}` is in flight on cluster `{cluster}`: by {actor} (process {pid} on {host}), since {started}"
    ))
    .hint(format!("See where it stands: `metactl scale status --cluster {cluster}`"))
    .hint(format!(
        "Complete it with `metactl scale finish --cluster {cluster}`, or undo it with `metactl scale abort --cluster {cluster}`"
    ))
}
