//! Servers that are dead or frozen: the others answer, and who watches is told.

use std::time::{Duration, Instant};

use metactl::error::Kind;
use metactl::store::etcd::Etcd as Store;
use metactl::store::{Event, Store as _, Watch};

use crate::store::words::*;
use crate::support::etcd::Etcd;
use crate::support::line::Line;

async fn event(watch: &mut dyn Watch) -> Event {
    tokio::time::timeout(SOON, watch.next()).await.expect("nothing was told").unwrap()
}

/// An address at which nobody listens.
fn dead() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_dead_first_server_costs_little() {
    let etcd = Etcd::start();
    let mut options = etcd.options();
    options.endpoints.insert(0, dead());
    let store = Store::open(&options).unwrap();
    let begun = Instant::now();
    let start = newest(&store).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let mut watch = watch(&store, &["/"], start).await;
    put(&store, &["/a=1"]).await;
    next(&mut *watch).await.unwrap();
    let status = store.status().await.unwrap();
    let healthy: Vec<_> = status.members.iter().map(|member| member.healthy).collect();
    assert_eq!(healthy, [false, true]);
    assert!(status.members[0].error.is_some() && status.members[1].leader);
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing() {
    let etcd = Etcd::start();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = etcd.options();
    options.endpoints.insert(0, silent.local_addr().unwrap().to_string());
    let store = Store::open(&options).unwrap();
    let begun = Instant::now();
    newest(&store).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    put(&store, &["/a=1"]).await;
}

#[tokio::test]
async fn nobody_answers() {
    let mut options = metactl::store::etcd::EtcdOptions {
        endpoints: vec![dead(), dead()],
        tls: None,
        user: Some("someone".to_owned()),
        password: Some("secret".to_owned()),
        prefix: None,
        timeout: Duration::from_secs(1),
    };
    let store = Store::open(&options).unwrap();
    let begun = Instant::now();
    let error = store.status().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.can_retry());
    for address in &options.endpoints {
        assert!(error.message().contains(&format!("`{address}`")), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    options.endpoints.clear();
    assert!(Store::open(&options).is_err());
}

#[tokio::test]
async fn a_frozen_server_is_noticed_within_ten_seconds() {
    let etcd = Etcd::start();
    let store = etcd.store();
    let start = put(&store, &["/a=1"]).await;
    let mut watch = watch(&store, &["/"], start - 1).await;
    next(&mut *watch).await.unwrap();
    etcd.member(0).freeze();
    let begun = Instant::now();
    let Event::Away(error) = event(&mut *watch).await else { panic!("not away") };
    let took = begun.elapsed();
    println!("noticed after {took:?}: {error}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains(&etcd.addresses()[0]), "{error}");
    etcd.member(0).thaw();
    let Event::Back = event(&mut *watch).await else { panic!("not back") };
    let revision = put(&store, &["/a=2"]).await;
    assert_eq!(next(&mut *watch).await.unwrap().revision, revision);
}

#[tokio::test]
async fn a_cut_line_is_told_once_and_loses_nothing() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let mut options = etcd.options();
    options.endpoints = vec![line.address()];
    let (far, near) = (Store::open(&options).unwrap(), etcd.store());
    let start = put(&near, &["/a=0"]).await;
    let mut watch = watch(&far, &["/a"], start).await;
    put(&near, &["/a=1"]).await;
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/a:0>1"]);
    line.cut();
    let Event::Away(_) = event(&mut *watch).await else { panic!("not away") };
    put(&near, &["/a=2"]).await;
    put(&near, &["/a=3"]).await;
    silence(&mut *watch).await;
    line.mend();
    let Event::Back = event(&mut *watch).await else { panic!("not back") };
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/a:1>2"]);
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/a:2>3"]);
    // So short that nobody needs to know.
    line.cut();
    line.mend();
    put(&near, &["/a=4"]).await;
    let Event::Commit(revised) = event(&mut *watch).await else { panic!("was away") };
    assert_eq!(told(&revised), ["/a:3>4"]);
}

#[tokio::test]
async fn compaction_passes_a_watch_that_is_away() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let mut options = etcd.options();
    options.endpoints = vec![line.address()];
    let (far, near) = (Store::open(&options).unwrap(), etcd.store());
    let start = put(&near, &["/a=0", "/b=0"]).await;
    let mut watch = watch(&far, &["/a"], start - 1).await;
    next(&mut *watch).await.unwrap();
    line.cut();
    let Event::Away(_) = event(&mut *watch).await else { panic!("not away") };
    put(&near, &["/b=1"]).await;
    let deleted = commit(&near, deletes(&["/a"]), 1).await;
    // The very revision of a deletion: etcd itself would not refuse the watch.
    near.compact(deleted).await.unwrap();
    line.mend();
    let sentence = refused(next(&mut *watch).await, Kind::Compacted);
    assert!(sentence.contains(&deleted.to_string()), "{sentence}");
}
