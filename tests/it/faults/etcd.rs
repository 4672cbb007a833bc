//! A store on a real etcd, step by step.

use std::time::Duration;

use metactl::model::path::Path;
use metactl::store::{At, Commit, Event, Store, What, reading};

use crate::support::etcd::Etcd;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[tokio::test]
async fn smoke() {
    let etcd = Etcd::start();
    let store = etcd.store();
    let (before, _) = reading::collect(&store, &[], At::Latest).await.unwrap();
    let mut watch = store.watch(&[path("/cl-1")], before).await.unwrap();
    let mut commit = Commit::default();
    commit.changes.put(&path("/cl-1/env/a"), "1");
    commit.changes.put(&path("/cl-1/env/b"), "2");
    let outcome = store.commit(&commit).await.unwrap();
    assert_eq!(outcome.changed, 2);
    assert_eq!(store.commit(&commit).await.unwrap().changed, 0);
    let (_, entries) =
        reading::collect(&store, &[What::Subtree(path("/"))], At::Latest).await.unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let event = tokio::time::timeout(Duration::from_secs(5), watch.next()).await.unwrap().unwrap();
    let Event::Commit(revised) = event else { panic!("{event:?}") };
    assert_eq!(revised.changes.len(), 2);
    assert!(revised.note.is_some());
    println!("{:?}", store.status().await.unwrap());
    let mut commit = Commit::default();
    commit.changes.put(&path("/cl-1/env"), "1");
    println!("{:?}", store.commit(&commit).await);
    let mut commit = Commit::default();
    commit.changes.put(&path("/cl-1/env/a/b"), "1");
    println!("{:?}", store.commit(&commit).await);
    for count in [100usize, 5000, 10000] {
        let mut commit = Commit::default();
        for index in 0..count {
            commit.changes.put(&path(&format!("/cl-{count}/{}/{index}", index % 30)), "value");
        }
        let begun = std::time::Instant::now();
        println!("{count}: {:?} {:?}", store.commit(&commit).await, begun.elapsed());
        let begun = std::time::Instant::now();
        println!("{count}: {:?} {:?}", store.commit(&commit).await, begun.elapsed());
    }
}
