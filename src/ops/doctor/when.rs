//! At what time something was written, where the store's log tells.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::checkup::finding::Finding;
use crate::model::path::Path;
use crate::store::{Event, Revision, Store};

/// Of how many revisions the time is looked for; of others the number has to do.
const MOST: usize = 16;
/// How long it may take in all: it is worth no more.
const PATIENCE: Duration = Duration::from_secs(1);

/// Adds the times of the findings' revisions. What a foreign writer has written
/// has none, and neither has what is no longer kept.
pub(super) async fn add(store: &dyn Store, findings: &mut [Finding]) {
    let mut times: BTreeMap<Revision, Option<String>> = BTreeMap::new();
    let revisions = findings.iter().map(|finding| finding.revision).filter(|number| *number > 0);
    times.extend(revisions.map(|revision| (revision, None)));
    let looking = async {
        for (revision, found) in times.iter_mut().take(MOST) {
            *found = time(store, *revision).await;
        }
    };
    // What is not found by then is left out.
    let _ = tokio::time::timeout(PATIENCE, looking).await;
    for finding in findings {
        finding.time = times.get(&finding.revision).cloned().flatten();
    }
}

/// The first commit after the one before it is the one.
async fn time(store: &dyn Store, revision: Revision) -> Option<String> {
    let mut watch = store.watch(&[Path::root()], revision - 1).await.ok()?;
    let Ok(Event::Commit(revised)) = watch.next().await else { return None };
    let note = revised.note.filter(|_| revised.revision == revision)?;
    let time = Timestamp::from_millisecond(note.time_ms).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
