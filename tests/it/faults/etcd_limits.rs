//! What one transaction of etcd takes: operations and bytes.

use std::time::Instant;

use metactl::error::Kind;
use metactl::store::Changes;

use crate::store::words::*;
use crate::support::etcd::Etcd;

/// More than one level of 128 operations, or two of 64, would take.
const KEYS: usize = 5_200;

/// A cluster's worth of keys, in directories like those of hosts.
fn cluster(value: &str, keys: impl Iterator<Item = usize>) -> Changes {
    let mut changes = Changes::new();
    for key in keys {
        changes.put(&path(&format!("/cl-big/hosts/i-{:04}/k{:02}", key / 30, key % 30)), value);
    }
    changes
}

/// Thousands of changes of all kinds, each time in one revision that a watch
/// tells as one, though its events do not fit into one answer of the server.
async fn one_revision_whatever_the_size(operations: &str) {
    let etcd = Etcd::start_args(&[operations]);
    let store = etcd.store();
    let start = newest(&store).await;
    let mut watch = watch(&store, &["/"], start).await;
    let old = "o".repeat(150);
    let begun = Instant::now();
    let created = commit(&store, cluster(&old, 0..KEYS), KEYS).await;
    let took = begun.elapsed();
    assert_eq!(created, start + 1);

    // Every third key keeps its value, every third gets a new one, the rest goes.
    let new = "n".repeat(150);
    let mut replaced = cluster(&old, (0..KEYS).filter(|key| key % 3 == 0));
    replaced.extend(&cluster(&new, (0..KEYS).filter(|key| key % 3 == 1)));
    replaced.delete_tree(&path("/cl-big"));
    let changed = KEYS - KEYS.div_ceil(3);
    let begun = Instant::now();
    assert_eq!(commit(&store, replaced, changed).await, start + 2);
    println!("{operations}: {KEYS} puts in {took:?}, {changed} replaced in {:?}", begun.elapsed());

    let left = KEYS.div_ceil(3) + (KEYS + 1) / 3;
    assert_eq!(tree(&store, "/cl-big").await.len(), left);
    let mut all = Changes::new();
    all.delete_tree(&path("/cl-big"));
    assert_eq!(commit(&store, all, left).await, start + 3);

    for (revision, changes) in [(1, KEYS), (2, changed), (3, left)] {
        let revised = next(&mut *watch).await.unwrap();
        assert_eq!((revised.revision, revised.changes.len()), (start + revision, changes));
        assert!(revised.note.is_some());
    }
}

#[tokio::test]
async fn thousands_of_changes_are_one_revision() {
    one_revision_whatever_the_size("--max-txn-ops=128").await;
}

#[tokio::test]
async fn the_limit_of_operations_is_learnt() {
    one_revision_whatever_the_size("--max-txn-ops=32").await;
}

#[tokio::test]
async fn few_operations_are_enough_for_small_commits() {
    let etcd = Etcd::start_args(&["--max-txn-ops=6"]);
    let store = etcd.store();
    put(&store, &["/cl-1/a/b/c/d=1", "/cl-1/a/b/x=1", "/cl-2/y=1", "/z=1"]).await;
    put(&store, &["/cl-1/a/b/c/d=2", "/cl-1/e=2"]).await;
    assert_eq!(tree(&store, "/cl-1").await, ["/cl-1/a/b/c/d=2", "/cl-1/a/b/x=1", "/cl-1/e=2"]);
    refused(try_commit(&store, vec![], puts(&["/z/below=1"])).await, Kind::Conflict);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_is_written() {
    let etcd = Etcd::start();
    let store = etcd.store();
    put(&store, &[&format!("/cl-1/large={}", "x".repeat(1_400_000))]).await;
    let before = newest(&store).await;
    let limit = "1572864";
    // Refused by etcd, and by what carries its messages.
    for size in [1_600_000, 3_000_000, 20_000_000] {
        let mut changes = puts(&["/cl-1/small=1"]);
        changes.put(&path("/cl-1/much"), &"y".repeat(size));
        let sentence = refused(try_commit(&store, vec![], changes).await, Kind::TooLarge);
        let named = ["`/cl-1/much`", &size.to_string(), limit, "--max-request-bytes"];
        assert!(named.iter().all(|part| sentence.contains(part)), "{sentence}");
    }
    let value = "z".repeat(1_000);
    let sentence =
        refused(try_commit(&store, vec![], cluster(&value, 0..4_000)).await, Kind::TooLarge);
    assert!(sentence.contains(limit) && sentence.contains(" 1000 bytes"), "{sentence}");
    assert_eq!(newest(&store).await, before);
    assert_eq!(tree(&store, "/").await.len(), 1);
}

#[tokio::test]
async fn a_larger_limit_is_used() {
    let etcd = Etcd::start_args(&["--max-request-bytes=4194304"]);
    let store = etcd.store();
    put(&store, &[&format!("/cl-1/large={}", "x".repeat(3_500_000))]).await;
    let sentence = refused(
        try_commit(&store, vec![], puts(&[&format!("/b={}", "x".repeat(4_500_000))])).await,
        Kind::TooLarge,
    );
    assert!(sentence.contains("4194304"), "{sentence}");
    assert_eq!(value(&store, "/cl-1/large").await.unwrap().len(), 3_500_000);
}

/// A commit that is too large for single comparisons does not wait for those who
/// write elsewhere.
#[tokio::test]
async fn large_commits_pass_between_writers_elsewhere() {
    let etcd = Etcd::start();
    let (store, other) = (etcd.store(), etcd.store());
    let mut changes = cluster("v", 0..3_000);
    for host in 0..200 {
        for link in ["host", "hosts", "cluster", "env", "cmd"] {
            let link = format!("/_metad/mapping/default/10.0.0.{host}/{link}");
            changes.put(&path(&link), "/cl-big");
        }
    }
    put(
        &other,
        &["/_metad/mapping/default/10.1.0.1/host=/cl-a", "/_metactl/clusters/cl-a/state=1"],
    )
    .await;
    let done = std::cell::Cell::new(false);
    let writing = async {
        let mut count = 0;
        while !done.get() {
            put(&other, &[&format!("/cl-a/x={count}"), &format!("/cl-z/x={count}")]).await;
            count += 1;
        }
        count
    };
    let large = async {
        let begun = Instant::now();
        commit(&store, changes, 4_000).await;
        done.set(true);
        begun.elapsed()
    };
    let (count, took) = tokio::join!(writing, large);
    println!("4000 changes beside {count} other commits in {took:?}");
    assert!(count > 0);
}
