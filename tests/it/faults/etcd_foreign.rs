//! Other programs on the same etcd, and the layout that they share.

use metactl::error::Kind;
use metactl::store::etcd::Etcd as Store;
use metactl::store::{At, What, reading};

use crate::store::words::*;
use crate::support::etcd::Lent;

#[tokio::test]
async fn keys_are_where_metad_has_them() {
    let etcd = Lent::take().await;
    let mut options = etcd.options();
    options.prefix = Some(path("/clusters"));
    let store = Store::open(&options).unwrap();
    let mapping = "/_metad/mapping/default/10.0.0.1/host=/cl-1/hosts/i-1";
    put(&store, &["/cl-1/env/port=80", mapping, "/_metactl/apps/x=1"]).await;
    let all = etcd_client::GetOptions::new().with_from_key();
    let keys = etcd.client().await.get("", Some(all)).await.unwrap();
    let keys: Vec<_> = keys
        .kvs()
        .iter()
        .filter(|key| key.key() != b"/_metactl/@clusters/log")
        .map(|key| format!("{}={}", key.key_str().unwrap(), key.value_str().unwrap()))
        .collect();
    let expected = [
        "/_metactl/@clusters/apps/x=1",
        "/_metactl/@clusters/gen/_metad=",
        "/_metactl/@clusters/gen/apps=",
        "/_metactl/@clusters/gen/cl-1=",
        mapping,
        "/clusters/cl-1/env/port=80",
    ];
    assert_eq!(keys, expected);
    let log = etcd.client().await.get("/_metactl/@clusters/log", None).await.unwrap();
    let log = log.kvs()[0].value_str().unwrap();
    assert!(log.contains(r#""actor":"tester@here""#) && log.contains("/cl-1/env/port"), "{log}");
    // Without a prefix the data is seen where it is, the bookkeeping is not.
    let whole = tree(&etcd.store(), "/").await;
    assert_eq!(whole, [mapping, "/clusters/cl-1/env/port=80"]);
}

#[tokio::test]
async fn what_is_no_path_or_no_text_is_left_out() {
    let etcd = Lent::take().await;
    let (store, mut foreign) = (etcd.store(), etcd.client().await);
    let start = put(&store, &["/cl-1/a=1"]).await;
    let mut watch = watch(&store, &["/"], start).await;
    foreign.put("/cl-1/bytes", vec![0xff, 0xfe], None).await.unwrap();
    foreign.put("/cl-1//twice", "v", None).await.unwrap();
    foreign.put("no-slash", "v", None).await.unwrap();
    foreign.put(vec![b'/', 0xff], "v", None).await.unwrap();
    foreign.put("/cl-1/b", "2", None).await.unwrap();
    foreign.put("/cl-1/a", vec![0xff], None).await.unwrap();
    foreign.delete("/cl-1/bytes", None).await.unwrap();
    foreign.delete("/cl-1/b", None).await.unwrap();

    let revised = next(&mut *watch).await.unwrap();
    assert_eq!((told(&revised), revised.note), (vec!["/cl-1/b:->2".to_owned()], None));
    // What is no text any more is gone.
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/cl-1/a:1>-"]);
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/cl-1/b:2>-"]);
    assert_eq!(tree(&store, "/").await, [""; 0]);
    assert_eq!(value(&store, "/cl-1/a").await, None);
    put(&store, &["/cl-1/a=text"]).await;
    assert_eq!(tree(&store, "/").await, ["/cl-1/a=text"]);
}

#[tokio::test]
async fn a_directory_wins_over_a_leaf() {
    let etcd = Lent::take().await;
    let (store, mut foreign) = (etcd.store(), etcd.client().await);
    for key in ["/d/both", "/d/both-not", "/d/both/x", "/d/leaf", "/d/leaf-er"] {
        foreign.put(key, "v", None).await.unwrap();
    }
    let left = ["/d/both-not=v", "/d/both/x=v", "/d/leaf=v", "/d/leaf-er=v"];
    assert_eq!(tree(&store, "/d").await, left);
    let all = [What::All(path("/d"))];
    let (_, all) = reading::collect(&store, &all, At::Latest).await.unwrap();
    let all: Vec<_> = all.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(all, ["/d/both", "/d/both-not", "/d/both/x", "/d/leaf", "/d/leaf-er"]);
    assert_eq!(value(&store, "/d/both").await, None);
    assert_eq!(value(&store, "/d/leaf").await.as_deref(), Some("v"));
    let (_, names) = metactl::store::Store::names(&store, &path("/d"), At::Latest).await.unwrap();
    let names: Vec<_> = names.iter().map(|name| (name.name.as_str(), name.directory)).collect();
    assert_eq!(names, [("both", true), ("both-not", false), ("leaf", false), ("leaf-er", false)]);
    refused(try_commit(&store, vec![], puts(&["/d/both=w"])).await, Kind::Conflict);
    // Deleting the directory by its name takes both.
    commit(&store, replaces("/d/both", &[]), 2).await;
    assert_eq!(tree(&store, "/d/both").await, [""; 0]);
}

/// Pages end anywhere, also between a leaf and its children.
#[tokio::test]
async fn pages_hide_no_directory_and_lose_nothing() {
    let etcd = Lent::take().await;
    let (store, mut foreign) = (etcd.store(), etcd.client().await);
    let count = 3_000;
    let mut changes = metactl::store::Changes::new();
    (0..count).for_each(|index| changes.put(&path(&format!("/d/k-{index:04}")), "v"));
    commit(&store, changes, count).await;
    foreign.put("/d/k", "leaf", None).await.unwrap();
    assert_eq!(tree(&store, "/d").await.len(), count + 1);
    foreign.put("/d/k/child", "v", None).await.unwrap();
    let (_, entries) =
        reading::collect(&store, &[What::Subtree(path("/d"))], At::Latest).await.unwrap();
    assert_eq!(entries.len(), count + 1);
    assert!(entries.is_sorted_by(|one, other| one.path < other.path));
    assert!(entries.iter().all(|entry| entry.path.as_str() != "/d/k"));
    let (_, names) = metactl::store::Store::names(&store, &path("/d"), At::Latest).await.unwrap();
    assert_eq!(names.len(), count + 1);
    let (_, names) = metactl::store::Store::names(&store, &path("/"), At::Latest).await.unwrap();
    assert_eq!(names.len(), 1);
}
