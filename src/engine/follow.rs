//! Keeps the snapshot up with the store: one consistent read, then its commits.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use super::core::Shared;
use super::snapshot::Snapshot;
use super::tree::{Difference, Tree};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{At, Event, Revised, Revision, Watch, What};

/// How often the store is asked how far it is: finds a store that hangs, and one
/// that was put back to an earlier state.
const PROBE: Duration = Duration::from_secs(2);
/// Pauses between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Follows the store until the task is ended.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        // Whatever ends one round, the next one reads everything and compares.
        let Err(error) = round(&shared, &mut pause).await else { continue };
        if error.kind() != Kind::Compacted {
            shared.away(&error);
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Reads everything, then applies commits until something asks for a new read.
async fn round(shared: &Shared, pause: &mut Duration) -> Result<()> {
    let (revision, tree) = read(shared).await?;
    adopt(shared, revision, tree);
    shared.change_state(|state| state.from_file = false);
    shared.reached(revision);
    shared.back();
    *pause = FIRST_PAUSE;
    let mut watch = shared.store.follow(&[Path::root()], revision).await?;
    listen(shared, &mut *watch).await
}

async fn read(shared: &Shared) -> Result<(Revision, Tree)> {
    let mut tree = Tree::default();
    let what = [What::All(Path::root())];
    let sink = &mut |item: crate::store::Item<'_>| {
        tree.put(item.path, item.value, 0);
        Ok(())
    };
    let revision = shared.store.read(&what, At::Latest, sink).await?;
    tree.shrink();
    Ok((revision, tree))
}

/// Makes what was read the current state, and wakes those for whom it differs.
fn adopt(shared: &Shared, revision: Revision, fresh: Tree) {
    let snapshot = |floor, lineage, tree: Tree| Snapshot {
        revision,
        floor,
        lineage,
        askers_changed: shared.askers.changed(&tree),
        tree,
        askers: Arc::clone(&shared.askers),
    };
    let Some(current) = shared.current.load_full() else {
        return shared.publish(snapshot(revision, 0, fresh));
    };
    // The store itself went back, or is another one: no version of before says
    // anything any more.
    let anew = |fresh| {
        shared.publish(snapshot(revision, current.lineage + 1, fresh));
        shared.waiters.wake_all();
    };
    if revision < current.revision {
        return anew(fresh);
    }
    let differences = current.tree.difference(&fresh);
    if revision == current.revision && !differences.is_empty() {
        return anew(fresh);
    }
    let hidden = Arc::clone(fresh.hidden());
    drop(fresh);
    let mut tree = current.tree.clone();
    tree.adopt(&differences, hidden, revision);
    shared.publish(snapshot(current.floor, current.lineage, tree));
    shared.quiet.note(revision);
    shared.waiters.wake(differences.iter().map(|Difference { path, .. }| path.as_str()));
}

async fn listen(shared: &Shared, watch: &mut dyn Watch) -> Result<()> {
    let mut probe = Box::pin(probe(shared, PROBE));
    loop {
        tokio::select! {
            event = watch.next() => match event? {
                Event::Commit(commit) => apply(shared, &commit),
                Event::Away(error) => shared.away(&error),
                Event::Back => {
                    shared.back();
                    // What it went through meanwhile is asked at once.
                    probe.set(self::probe(shared, Duration::ZERO));
                }
            },
            found = &mut probe => {
                if found == Found::Earlier {
                    return Ok(());
                }
                probe.set(self::probe(shared, PROBE));
            }
            () = shared.reread.notified() => return Ok(()),
        }
    }
}

fn apply(shared: &Shared, commit: &Revised) {
    let Some(current) = shared.current.load_full() else { return };
    let mut tree = current.tree.clone();
    tree.apply(&commit.changes, commit.revision);
    shared.publish(Snapshot {
        revision: commit.revision,
        floor: current.floor,
        lineage: current.lineage,
        askers_changed: shared.askers.changed(&tree),
        tree,
        askers: Arc::clone(&shared.askers),
    });
    shared.quiet.note(commit.revision);
    shared.reached(commit.revision);
    shared.waiters.wake(commit.changes.iter().map(|change| change.path.as_str()));
}

/// What asking the store has found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Fine,
    /// It is further back than what was already seen of it.
    Earlier,
}

async fn probe(shared: &Shared, pause: Duration) -> Found {
    sleep(pause).await;
    // Commits that arrive while it answers are no sign of anything.
    let seen = shared.current.load().as_ref().map_or(0, |snapshot| snapshot.revision);
    match shared.ask().await {
        Ok(revision) if revision < seen => Found::Earlier,
        Ok(_) => Found::Fine,
        Err(error) => {
            shared.away(&error);
            Found::Fine
        }
    }
}

impl Shared {
    /// Asks the store for its newest revision, by the cheapest read there is.
    pub(super) async fn ask(&self) -> Result<Revision> {
        let nothing = Path::parse("/_metactl/none")?;
        let revision = self.store.read(&[What::Key(nothing)], At::Latest, &mut |_| Ok(())).await?;
        self.reached(revision);
        self.back();
        Ok(revision)
    }

    /// The store is known to have that revision.
    fn reached(&self, revision: Revision) {
        let seen = self.current.load().as_ref().map_or(0, |snapshot| snapshot.revision);
        self.change_state(|state| {
            state.revision = revision;
            if seen >= revision {
                state.fresh = Some(SystemTime::now());
            }
        });
    }

    fn away(&self, error: &Error) {
        let why = [vec![error.message().to_owned()], error.causes()].concat().join(": ");
        self.change_state(|state| {
            let since = state.away.take().map_or_else(SystemTime::now, |(since, _)| since);
            state.away = Some((since, why));
        });
    }

    fn back(&self) {
        self.change_state(|state| state.away = None);
    }
}
