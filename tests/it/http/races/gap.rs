//! Between a read and the poll that follows it, and while a poll is registered,
//! changes go on: none of them is missed.

use std::sync::Arc;

use metactl::store::Store;

use super::grounds::{Grounds, NODE, long, version};
use crate::store::words::put;
use crate::support::etcd::Lent;
use crate::support::http::Client;

/// Writes numbers one after another, each a commit; gives their revisions.
async fn write(store: &dyn Store, count: usize) -> Vec<u64> {
    let mut revisions = Vec::with_capacity(count);
    for number in 1..=count {
        revisions.push(put(store, &[&format!("/cl-1/env/number={number}")]).await);
    }
    revisions
}

/// Reads, then polls with what the answers say, until the last number has come:
/// versions and numbers.
fn follow(mut node: Client, path: &str, last: usize) -> Vec<(u64, usize)> {
    let mut seen: Vec<(u64, usize)> = Vec::new();
    let mut query = String::new();
    while seen.last().is_none_or(|(_, number)| *number < last) {
        let answer = node.get(&format!("{path}{query}"));
        let text = answer.text();
        let number = text.rsplit('\t').next().unwrap().trim().parse().unwrap();
        query = format!("?wait=true&prev_version={}", version(&answer));
        seen.push((version(&answer), number));
    }
    seen
}

/// Each answer is of exactly its version, and each poll brings something new.
#[track_caller]
fn check(seen: &[(u64, usize)], revisions: &[u64]) {
    for (version, number) in seen {
        let newest = revisions.partition_point(|revision| revision <= version);
        assert_eq!(newest, *number, "at version {version}");
    }
    for pair in seen.windows(2) {
        assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1, "{pair:?}");
    }
}

/// Readers begin while a writer is at work, and follow it to the end.
async fn list_then_watch(grounds: Grounds, window: &str) {
    grounds.map().await;
    put(&*grounds.store, &["/cl-1/env/number=0"]).await;
    let serve = grounds.serve(&["--quiet-window", window]);
    let count = if long() { 5_000 } else { 300 };
    let readers = ["/self/env/number", "/self/env", "/cl-1/env/number", "/self", "/", "/cl-1"];
    let readers: Vec<_> = readers
        .into_iter()
        .map(|path| {
            let node = serve.node(NODE);
            tokio::task::spawn_blocking(move || follow(node, path, count))
        })
        .collect();
    let revisions = write(&*grounds.store, count).await;
    for reader in readers {
        check(&reader.await.unwrap(), &revisions);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_then_watch_on_the_embedded_store() {
    list_then_watch(Grounds::embedded(), "0").await;
    list_then_watch(Grounds::embedded(), "20ms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn list_then_watch_on_etcd() {
    let etcd = Lent::take().await;
    list_then_watch(Grounds::etcd(&etcd), "0").await;
}

/// A poll is sent in the very moment of a commit: before, between or after, it
/// is answered by it.
async fn registered_while_written(grounds: Grounds) {
    grounds.map().await;
    put(&*grounds.store, &["/cl-1/env/number=0"]).await;
    let serve = grounds.serve(&["--quiet-window", "0"]);
    let mut node = serve.node(NODE);
    let mut since = version(&node.get("/self/env"));
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for number in 1..=if long() { 5_000 } else { 300 } {
        let later = std::time::Duration::from_micros(random.u64(0..3_000));
        let request = format!("/self/env?wait=true&prev_version={since}");
        let store = Arc::clone(&grounds.store);
        let written =
            tokio::spawn(
                async move { put(&*store, &[&format!("/cl-1/env/number={number}")]).await },
            );
        tokio::time::sleep(later).await;
        let answer = tokio::task::block_in_place(|| node.get(&request));
        let revision = written.await.unwrap();
        assert_eq!(answer.text(), format!("/number\t{number}\n"));
        assert_eq!(version(&answer), revision);
        since = revision;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_registered_while_written_on_the_embedded_store() {
    registered_while_written(Grounds::embedded()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_registered_while_written_on_etcd() {
    let etcd = Lent::take().await;
    registered_while_written(Grounds::etcd(&etcd)).await;
}
