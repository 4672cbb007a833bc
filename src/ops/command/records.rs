//! Reads the records of commands.

use crate::error::{Error, Result};
use crate::model::command::order;
use crate::model::command::turns::Fates;
use crate::model::command::{Fate, Order};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::reading::Entry;
use crate::store::{At, Revision, What, reading};

/// A command as its records tell.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub order: Order,
    /// By node id.
    pub fates: Fates,
    /// The revision of each of those, for guards.
    pub(super) revisions: std::collections::BTreeMap<String, Revision>,
}

/// A command by its id. `NotFound` when there is none (any more).
pub async fn load(view: &View, id: &str, at: At) -> Result<(Revision, Recorded)> {
    let what = [What::Subtree(order::directory(id)?)];
    let (revision, entries) = reading::collect(view.store(), &what, at).await?;
    let recorded = of(id, &entries)?.ok_or_else(|| missing(id))?;
    Ok((revision, recorded))
}

/// The command among the leaves that were read.
pub(super) fn of(id: &str, entries: &[Entry]) -> Result<Option<Recorded>> {
    let directory = order::directory(id)?;
    let (mut found, mut fates) = (None, Fates::new());
    let mut revisions = std::collections::BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.path.parent().as_ref() == Some(&directory)) {
        let Some(name) = entry.path.name() else { continue };
        if name == "order" {
            found = Some(Order::read(&entry.value)?);
            continue;
        }
        fates.insert(name.to_owned(), Fate::read(&entry.value)?);
        revisions.insert(name.to_owned(), entry.mod_revision);
    }
    Ok(found.map(|order| Recorded { order, fates, revisions }))
}

/// The time as the records have it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Seconds between two times of records.
pub(super) fn seconds(from: Option<&str>, to: Option<&str>) -> Option<f64> {
    let read = |text: Option<&str>| text?.parse::<jiff::Timestamp>().ok();
    let took = read(to)?.duration_since(read(from)?);
    Some((took.as_secs_f64() * 1000.0).round() / 1000.0)
}

pub(super) fn missing(id: &str) -> Error {
    Error::not_found(format!("there is no command `{id}`"))
        .hint("List the commands that are kept: `metactl cmd list`")
}

/// Everything that is kept of a cluster's commands, as subtrees.
pub(in crate::ops) async fn of_cluster(view: &View, cluster: &str, at: At) -> Result<Vec<Path>> {
    let index = order::index(cluster)?;
    let (_, entry) = reading::get(view.store(), &index, at).await?;
    let mut all = Vec::new();
    for id in entry.iter().flat_map(|entry| order::ids(&entry.value)) {
        all.extend([order::directory(&id)?, order::outputs(&id)?]);
    }
    all.extend(entry.map(|_| index));
    Ok(all)
}
