//! Times to live.

use std::time::{Duration, SystemTime};

use metactl::error::Kind;
use metactl::store::{At, Changes, LeaseId, Store};

use super::rooms::Room;
use super::words::*;

/// The shortest there is.
const SHORT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(60);

fn leased(pairs: &[&str], lease: LeaseId) -> Changes {
    let mut changes = Changes::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap();
        changes.put_with_lease(&path(name), value, lease);
    }
    changes
}

/// Waits until a key is gone.
async fn gone(store: &dyn Store, key: &str) {
    let until = tokio::time::Instant::now() + SOON;
    while value(store, key).await.is_some() {
        assert!(tokio::time::Instant::now() < until, "`{key}` is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub async fn a_lease_is_rounded_up_to_whole_seconds(room: &dyn Room) {
    let store = room.open().await;
    let before = newest(&*store).await;
    let grant = async |ms| store.grant(Duration::from_millis(ms)).await.unwrap();
    assert_eq!(grant(1).await.ttl, SHORT);
    assert_eq!(grant(2_001).await.ttl, Duration::from_secs(3));
    let lease = grant(60_000).await;
    assert_eq!(lease.ttl, LONG);
    assert_ne!(lease.id, 0);
    let left = lease.expires.duration_since(SystemTime::now()).unwrap();
    assert!(left <= LONG && left > Duration::from_secs(50), "{left:?}");
    assert_eq!(newest(&*store).await, before, "a grant is no revision");
    assert_ne!(grant(60_000).await.id, lease.id);
}

pub async fn keys_go_with_their_lease(room: &dyn Room) {
    let (store, other) = (room.open().await, room.open().await);
    let lease = store.grant(SHORT).await.unwrap().id;
    commit(&*store, leased(&["/t/a=1", "/t/b/c=1"], lease), 2).await;
    put(&*store, &["/t/stays=1"]).await;
    assert_eq!(entry(&*other, "/t/a").await.unwrap().lease, Some(lease));
    gone(&*other, "/t/a").await;
    assert_eq!(tree(&*other, "/t").await, ["/t/stays=1"]);
    let (_, names) = store.names(&path("/t"), At::Latest).await.unwrap();
    assert_eq!(names.len(), 1);
    // What was a directory may be a leaf now, what was there may come anew.
    let again = put(&*store, &["/t/a=1", "/t/b=1"]).await;
    assert_eq!(entry(&*store, "/t/a").await.unwrap().create_revision, again);
    assert_eq!(store.lease(lease).await.unwrap(), None);
}

pub async fn expiry_is_told_to_watchers(room: &dyn Room) {
    let (store, watcher) = (room.open().await, room.open().await);
    let lease = store.grant(SHORT).await.unwrap().id;
    let start = commit(&*store, leased(&["/t/a=1", "/t/b=2"], lease), 2).await;
    let mut watch = watch(&*watcher, &["/t"], start).await;
    // Nobody writes or reads: the watch alone brings it about.
    let revised = next(&mut *watch).await.unwrap();
    assert!(revised.revision > start);
    assert_eq!(told(&revised), ["/t/a:1>-", "/t/b:2>-"]);
    if let Some(logged) = revised.note {
        assert_eq!(logged.note.actor, "ttl");
    }
    assert_eq!(tree(&*store, "/t").await, [""; 0]);
    silence(&mut *watch).await;
}

pub async fn renewal_keeps_the_keys(room: &dyn Room) {
    let (store, other) = (room.open().await, room.open().await);
    let lease = store.grant(SHORT).await.unwrap();
    let revision = commit(&*store, leased(&["/t=1"], lease.id), 1).await;
    let mut watch = watch(&*other, &["/t"], revision).await;
    // A second more than it would live.
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let renewed = other.renew(lease.id).await.unwrap();
        assert_eq!((renewed.id, renewed.ttl), (lease.id, SHORT));
        assert_eq!(value(&*store, "/t").await.as_deref(), Some("1"));
    }
    assert_eq!(newest(&*store).await, revision, "a renewal is no revision");
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/t:1>-"]);
}

pub async fn revoking_deletes_at_once(room: &dyn Room) {
    let (store, other) = (room.open().await, room.open().await);
    let lease = store.grant(LONG).await.unwrap().id;
    let start = commit(&*store, leased(&["/t/a=1", "/t/b=1"], lease), 2).await;
    let known = other.lease(lease).await.unwrap().unwrap();
    assert_eq!((known.id, known.ttl), (lease, LONG));
    other.revoke(lease).await.unwrap();
    assert_eq!(tree(&*store, "/t").await, [""; 0]);
    let mut watch = watch(&*store, &["/t"], start).await;
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/t/a:1>-", "/t/b:1>-"]);
    assert_eq!(store.lease(lease).await.unwrap(), None);
}

pub async fn a_lease_that_is_gone_is_not_found(room: &dyn Room) {
    let store = room.open().await;
    let lease = store.grant(LONG).await.unwrap().id;
    store.revoke(lease).await.unwrap();
    refused(store.renew(lease).await, Kind::NotFound);
    refused(store.revoke(lease).await, Kind::NotFound);
    let before = newest(&*store).await;
    let mut changes = leased(&["/t=1"], lease);
    changes.extend(&puts(&["/other=1"]));
    refused(try_commit(&*store, vec![], changes).await, Kind::NotFound);
    assert_eq!(newest(&*store).await, before);
    assert_eq!(tree(&*store, "/").await, [""; 0]);
}

pub async fn losing_the_lease_is_a_change(room: &dyn Room) {
    let store = room.open().await;
    let lease = store.grant(LONG).await.unwrap().id;
    let first = commit(&*store, leased(&["/t=1"], lease), 1).await;
    assert_eq!(commit(&*store, leased(&["/t=1"], lease), 0).await, first);
    let second = commit(&*store, puts(&["/t=1"]), 1).await;
    assert_eq!(entry(&*store, "/t").await.unwrap().lease, None);
    let mut watch = watch(&*store, &["/t"], first).await;
    let revised = next(&mut *watch).await.unwrap();
    assert_eq!((revised.revision, revised.changes[0].lease), (second, None));
    store.revoke(lease).await.unwrap();
    assert_eq!(value(&*store, "/t").await.as_deref(), Some("1"));
}

pub async fn a_past_revision_ignores_expiry(room: &dyn Room) {
    let store = room.open().await;
    let lease = store.grant(SHORT).await.unwrap().id;
    let revision = commit(&*store, leased(&["/t=1"], lease), 1).await;
    gone(&*store, "/t").await;
    assert_eq!(tree_at(&*store, "/", At::Revision(revision)).await.unwrap(), ["/t=1"]);
    put(&*store, &["/u=1"]).await;
    assert_eq!(tree_at(&*store, "/", At::Revision(revision)).await.unwrap(), ["/t=1"]);
}
