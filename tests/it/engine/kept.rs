//! The state file: a start without the store.

use std::sync::Arc;
use std::time::Duration;

use metactl::engine::{Engine, Options};
use metactl::model::tree::Order;
use metactl::store::{Revision, Store};
use tempfile::TempDir;

use super::gate::Gate;
use super::{NODE, at_once, caught_up, options, poll, run, two_clusters};

/// What an engine has left behind: its store, and the state at `known` in a file.
struct Kept {
    store: Gate,
    with_file: Options,
    known: Revision,
    _directory: TempDir,
}

async fn kept() -> Kept {
    let directory = tempfile::tempdir().unwrap();
    let state_file = Some(directory.path().join("state"));
    let with_file = Options { state_file, ..options() };
    let store = two_clusters().await;
    let engine = Engine::start(Arc::new(store.clone()), with_file.clone());
    engine.ready().await;
    assert!(!engine.condition().from_file);
    engine.keep_state().unwrap();
    let known = engine.snapshot().unwrap().revision();
    Kept { store, with_file, known, _directory: directory }
}

#[test]
fn a_restart_without_the_store_serves_the_last_state() {
    run(async {
        let Kept { store, with_file, known, _directory } = kept().await;
        store.is_there(false);
        let engine = Engine::start(Arc::new(store.clone()), with_file.clone());
        let snapshot = engine.snapshot().expect("it is there at once");
        assert_eq!(snapshot.revision(), known);
        assert_eq!(snapshot.value(&"/cl-1/env/port".parse().unwrap()), Some("80"));
        assert!(engine.condition().from_file);
        while engine.condition().away_since.is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // What the client knows is what the file has: nothing is told over the restart.
        let ask = poll(NODE, "/self/env", known);
        assert!(at_once(&engine, &ask).await.is_none());
        store.commit("/cl-2/env/port=91").await;
        let changed = store.commit("/cl-1/env/port=81").await;
        store.is_there(true);
        let polled = engine.poll(&ask).await;
        assert!(polled.snapshot().revision() >= changed);
        caught_up(&engine, &store).await;
        let condition = engine.condition();
        assert!(!condition.from_file && condition.away_since.is_none());
    });
}

#[test]
fn another_store_of_the_same_revision_is_told_apart() {
    run(async {
        let Kept { store, with_file, known, _directory } = kept().await;
        store.is_there(false);
        let other = Gate::new();
        other.commit("/_metad/mapping/default/10.0.0.1/env=/cl-9/env /cl-9/env/port=99").await;
        assert_eq!(other.memory().status().await.unwrap().revision, known);
        store.replace(other.memory());
        let engine = Engine::start(Arc::new(store.clone()), with_file);
        let waiting = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.poll(&poll(NODE, "/self/env", known)).await }
        });
        while engine.condition().waiters == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        store.is_there(true);
        let told = waiting.await.unwrap();
        let leaves = told.sight.leaves(Order::Listing);
        assert_eq!(leaves.len(), 1, "it is the other store's, by its mapping");
        assert!(at_once(&engine, &poll(NODE, "/self/env", known)).await.is_none(), "told once");
    });
}

#[test]
fn a_damaged_file_is_not_used() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("state");
        let store = two_clusters().await;
        let with_file = Options { state_file: Some(file.clone()), ..options() };
        let engine = Engine::start(Arc::new(store.clone()), with_file.clone());
        engine.ready().await;
        engine.keep_state().unwrap();
        drop(engine);
        let whole = std::fs::read_to_string(&file).unwrap();
        store.is_there(false);
        let half = whole.len() / 2;
        let without_last = whole.trim_end().rsplit_once('\n').unwrap().0;
        for bad in ["", "{}", "no json", &whole[..half], without_last] {
            std::fs::write(&file, bad).unwrap();
            let engine = Engine::start(Arc::new(store.clone()), with_file.clone());
            assert!(engine.snapshot().is_none(), "{bad:?}");
        }
    });
}
