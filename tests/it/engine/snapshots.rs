//! Snapshots: every one is the store at exactly its revision, on every store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use metactl::engine::{Engine, Snapshot};
use metactl::model::path::Path;
use metactl::store::etcd::Etcd;
use metactl::store::memory::Memory;
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Changes, Commit, Note, Revision, Store, What};

use super::{options, run};
use crate::support::etcd::Lent;

/// What the store itself shows at a revision, less what is metactl's own.
async fn stored(store: &dyn Store, revision: Revision) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let what = [What::Subtree(Path::root())];
    let sink = &mut |item: metactl::store::Item<'_>| {
        if !item.path.starts_with("/_metactl") {
            all.insert(item.path.to_owned(), item.value.to_owned());
        }
        Ok(())
    };
    store.read(&what, At::Revision(revision), sink).await.unwrap();
    all
}

fn held(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    snapshot.each_leaf(&Path::root(), |path, value| {
        all.insert(path.to_owned(), value.to_owned());
    });
    all
}

fn drawn(random: &mut fastrand::Rng) -> Changes {
    let mut changes = Changes::new();
    let mut used: Vec<String> = Vec::new();
    for _ in 0..random.usize(1..8) {
        let path = format!("/{}/{}/{}", random.u8(0..3), random.u8(0..4), random.u8(0..9));
        if used.contains(&path) {
            continue;
        }
        let parsed: Path = path.parse().unwrap();
        match random.u8(0..10) {
            0 => {
                let top: Path =
                    format!("/{}/{}", random.u8(0..3), random.u8(0..4)).parse().unwrap();
                if !used.iter().any(|path| top.relative(path).is_some()) {
                    changes.delete_tree(&top);
                }
            }
            1..4 => changes.delete(&parsed),
            _ => changes.put(&parsed, &format!("{}", random.u16(..))),
        }
        used.push(path);
    }
    changes
}

/// Random commits, while every snapshot that is seen is compared with the store.
async fn compare(store: Arc<dyn Store>, commits: usize) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let engine = Engine::start(Arc::clone(&store), options());
    engine.ready().await;
    let mut seen: BTreeMap<Revision, Arc<Snapshot>> = BTreeMap::new();
    let mut newest = engine.snapshot().unwrap().revision();
    for number in 0..commits {
        let commit =
            Commit { changes: drawn(&mut random), note: Note::default(), guards: Vec::new() };
        newest = newest.max(store.commit(&commit).await.unwrap().revision);
        let snapshot = engine.snapshot().unwrap();
        seen.insert(snapshot.revision(), snapshot);
        tokio::task::yield_now().await;
        // Mostly it runs after the writer; now and then it is waited for.
        if number % 10 == 9 || number + 1 == commits {
            while engine.snapshot().unwrap().revision() < newest {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }
    let last = engine.snapshot().unwrap();
    seen.insert(last.revision(), last);
    assert!(seen.len() > 2, "nothing was followed");
    for (revision, snapshot) in seen.iter().filter(|(revision, _)| **revision > 0) {
        assert_eq!(held(snapshot), stored(&*store, *revision).await, "at revision {revision}");
    }
}

#[test]
fn of_memory() {
    run(async { compare(Arc::new(Memory::new()), 300).await });
}

#[test]
fn of_sqlite() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::new(directory.path().join("x.db"), Duration::from_secs(20));
        compare(Arc::new(store), 120).await;
    });
}

#[test]
fn of_etcd() {
    run(async {
        let server = Lent::take().await;
        compare(Arc::new(Etcd::open(&server.options()).unwrap()), 120).await;
    });
}
