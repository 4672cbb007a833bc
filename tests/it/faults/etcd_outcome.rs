//! Commits whose answer does not come: done once, or not, and never a guess.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metactl::error::Kind;
use metactl::store::etcd::Etcd as Store;

use crate::store::words::*;
use crate::support::etcd::Etcd;
use crate::support::line::{Line, Trap};

/// What only the transaction holds, not the looks before it.
const MARK: &str = "a-mark-in-the-value";

fn over(line: &Line, etcd: &Etcd, seconds: u64) -> Store {
    let mut options = etcd.options();
    options.endpoints = vec![line.address()];
    options.timeout = Duration::from_secs(seconds);
    Store::open(&options).unwrap()
}

/// The revision of the commit, after checking that there was one, and only one.
async fn done_once(etcd: &Etcd) -> u64 {
    let mut client = etcd.client().await;
    let key = client.get("/cl-1/a", None).await.unwrap();
    let log = client.get("/_metactl/log", None).await.unwrap();
    assert_eq!((key.kvs()[0].version(), log.kvs()[0].version()), (1, 1));
    key.kvs()[0].mod_revision() as u64
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_log() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let store = over(&line, &etcd, 10);
    line.trap(MARK, Trap::Swallow);
    let mending = async {
        line.sprung().await;
        let mut client = etcd.client().await;
        while client.get("/cl-1/a", None).await.unwrap().kvs().is_empty() {}
        line.mend();
    };
    let changes = puts(&[&format!("/cl-1/a={MARK}")]);
    let (outcome, ()) = tokio::join!(try_commit(&store, vec![], changes), mending);
    let outcome = outcome.unwrap();
    assert_eq!((outcome.revision, outcome.changed), (done_once(&etcd).await, 1));
}

#[tokio::test]
async fn a_lost_request_is_sent_again() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let store = over(&line, &etcd, 10);
    line.trap(MARK, Trap::Lose);
    let outcome = try_commit(&store, vec![], puts(&[&format!("/cl-1/a={MARK}")])).await.unwrap();
    assert_eq!((outcome.revision, outcome.changed), (done_once(&etcd).await, 1));
}

#[tokio::test]
async fn a_request_to_a_frozen_server_is_done_once() {
    let etcd = Arc::new(Etcd::start());
    let line = Line::to(&etcd.addresses()[0]).await;
    let store = over(&line, &etcd, 6);
    let frozen = etcd.clone();
    line.trap(MARK, Trap::First(Box::new(move || frozen.member(0).freeze())));
    let thawing = async {
        line.sprung().await;
        // Longer than the first attempt waits: the next one meets the late first.
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        etcd.member(0).thaw();
    };
    let changes = puts(&[&format!("/cl-1/a={MARK}")]);
    let (outcome, ()) = tokio::join!(try_commit(&store, vec![], changes), thawing);
    let outcome = outcome.unwrap();
    assert_eq!((outcome.revision, outcome.changed), (done_once(&etcd).await, 1));
}

#[tokio::test]
async fn what_cannot_be_found_out_is_called_unknown() {
    let etcd = Arc::new(Etcd::start());
    let line = Line::to(&etcd.addresses()[0]).await;
    let store = over(&line, &etcd, 2);
    put(&store, &["/cl-1/b=1"]).await;
    let killed = etcd.clone();
    line.trap(MARK, Trap::First(Box::new(move || killed.member(0).kill())));
    let begun = Instant::now();
    let error = try_commit(&store, vec![], puts(&[&format!("/cl-1/a={MARK}")])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains("unknown") && error.message().contains(&line.address()));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    // Without a commit under way it is merely away.
    let error = try_commit(&store, vec![], puts(&["/cl-1/a=1"])).await.unwrap_err();
    assert!(error.kind() == Kind::Unavailable && !error.message().contains("unknown"), "{error}");
}

#[tokio::test]
async fn a_deleted_tree_is_not_deleted_again() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let (store, other) = (over(&line, &etcd, 10), etcd.store());
    put(&other, &["/cl-1/a=1", "/cl-1/b=1"]).await;
    // The operation's id is in the transaction alone.
    line.trap("tester@here", Trap::Swallow);
    let mending = async {
        line.sprung().await;
        while !tree(&other, "/cl-1").await.is_empty() {}
        put(&other, &["/cl-1/new=2"]).await;
        line.mend();
    };
    let (outcome, ()) = tokio::join!(try_commit(&store, vec![], replaces("/cl-1", &[])), mending);
    assert_eq!(outcome.unwrap().changed, 2);
    assert_eq!(tree(&other, "/cl-1").await, ["/cl-1/new=2"]);
}
