//! Forgetting what is old.

use metactl::error::{Kind, Result};
use metactl::store::{At, Event, Revision, Store};

use super::rooms::Room;
use super::words::*;

/// Ten commits on a few keys; their revisions.
async fn history(store: &dyn Store) -> Vec<Revision> {
    let mut revisions = Vec::new();
    for round in 0..10 {
        let x = format!("/h/x={round}");
        let y = format!("/h/y{}={round}", round % 3);
        revisions.push(put(store, &[&x, &y]).await);
    }
    revisions
}

/// What a watch tells first; some stores refuse it at once.
async fn first(store: &dyn Store, after: Revision) -> Result<Event> {
    let mut watch = store.watch(&[path("/")], after).await?;
    tokio::time::timeout(SOON, watch.next()).await.expect("nothing was told")
}

pub async fn what_is_kept_stays_readable(room: &dyn Room) {
    let store = room.open().await;
    let revisions = history(&*store).await;
    let mut before = Vec::new();
    for revision in &revisions[4..] {
        before.push(tree_at(&*store, "/", At::Revision(*revision)).await.unwrap());
    }
    store.compact(revisions[4]).await.unwrap();
    for (revision, before) in revisions[4..].iter().zip(before) {
        assert_eq!(tree_at(&*store, "/", At::Revision(*revision)).await.unwrap(), before);
    }
    let mut watch = watch(&*store, &["/"], revisions[4]).await;
    for (round, revision) in revisions.iter().enumerate().skip(5) {
        let revised = next(&mut *watch).await.unwrap();
        assert_eq!(revised.revision, *revision);
        assert_eq!(told(&revised)[0], format!("/h/x:{}>{round}", round - 1));
    }
}

pub async fn what_is_forgotten_is_named(room: &dyn Room) {
    let (store, other) = (room.open().await, room.open().await);
    let revisions = history(&*store).await;
    store.compact(revisions[4]).await.unwrap();
    let old = At::Revision(revisions[3]);
    let sentence = refused(tree_at(&*other, "/", old).await, Kind::Compacted);
    assert!(sentence.contains(&revisions[4].to_string()), "{sentence}");
    refused(store.names(&path("/"), old).await, Kind::Compacted);
    assert_eq!(other.status().await.unwrap().oldest, revisions[4]);
}

pub async fn a_watch_of_the_forgotten_is_told(room: &dyn Room) {
    let store = room.open().await;
    let revisions = history(&*store).await;
    store.compact(revisions[4]).await.unwrap();
    refused(first(&*store, revisions[2]).await, Kind::Compacted);
}

pub async fn a_running_watch_goes_on(room: &dyn Room) {
    let (store, watcher) = (room.open().await, room.open().await);
    let revisions = history(&*store).await;
    let mut watch = watch(&*watcher, &["/h"], revisions[8]).await;
    assert_eq!(next(&mut *watch).await.unwrap().revision, revisions[9]);
    // Everything that it was told, and commits that do not concern it.
    let elsewhere = put(&*store, &["/elsewhere=1"]).await;
    silence(&mut *watch).await;
    store.compact(elsewhere).await.unwrap();
    silence(&mut *watch).await;
    let later = put(&*store, &["/h/x=later"]).await;
    let revised = next(&mut *watch).await.unwrap();
    assert_eq!((revised.revision, told(&revised)), (later, vec!["/h/x:9>later".to_owned()]));
}

pub async fn compacting_twice_is_no_error(room: &dyn Room) {
    let store = room.open().await;
    let revisions = history(&*store).await;
    store.compact(revisions[4]).await.unwrap();
    store.compact(revisions[4]).await.unwrap();
    store.compact(revisions[2]).await.unwrap();
    assert_eq!(store.status().await.unwrap().oldest, revisions[4]);
    let newest = newest(&*store).await;
    store.compact(newest).await.unwrap();
    assert_eq!(tree(&*store, "/h").await.len(), 4);
    assert_eq!(tree_at(&*store, "/h/x", At::Revision(newest)).await.unwrap(), ["/h/x=9"]);
}

pub async fn the_future_cannot_be_compacted(room: &dyn Room) {
    let store = room.open().await;
    let revisions = history(&*store).await;
    refused(store.compact(revisions[9] + 1_000_000).await, Kind::Invalid);
    assert_eq!(tree_at(&*store, "/h/x", At::Revision(revisions[0])).await.unwrap(), ["/h/x=0"]);
}

pub async fn deleted_keys_are_forgotten(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/d/a=1", "/d/b/c=1"]).await;
    let gone = commit(&*store, replaces("/d", &["/d/b/e=1"]), 3).await;
    let back = put(&*store, &["/d/a=2"]).await;
    store.compact(gone).await.unwrap();
    assert_eq!(tree_at(&*store, "/d", At::Revision(gone)).await.unwrap(), ["/d/b/e=1"]);
    assert_eq!(tree(&*store, "/d").await, ["/d/a=2", "/d/b/e=1"]);
    let (_, names) = store.names(&path("/d"), At::Revision(gone)).await.unwrap();
    assert_eq!(names.len(), 1);
    let mut watch = watch(&*store, &["/d"], gone).await;
    let revised = next(&mut *watch).await.unwrap();
    assert_eq!((revised.revision, told(&revised)), (back, vec!["/d/a:->2".to_owned()]));
}
