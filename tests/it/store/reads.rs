//! Reading keys and subtrees.

use metactl::error::{Error, Kind};
use metactl::store::commit::generation_key;
use metactl::store::reading::collect;
use metactl::store::{At, What};

use super::rooms::Room;
use super::words::*;

pub async fn a_key_by_itself(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/cl-1/env/port=80", "/cl-1/env/port-2=81"]).await;
    let entry = entry(&*store, "/cl-1/env/port").await.unwrap();
    assert_eq!(entry.path, path("/cl-1/env/port"));
    assert_eq!(entry.value, "80");
    assert_eq!((entry.create_revision, entry.mod_revision), (first, first));
    assert_eq!(entry.lease, None);
    for absent in ["/cl-1/env", "/cl-1/env/por", "/cl-1/env/port/x", "/", "/nothing"] {
        assert_eq!(value(&*store, absent).await, None, "{absent}");
    }
}

pub async fn a_subtree_ends_at_the_segment(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/cl-1/a=1", "/cl-1-x/a=2", "/cl-10/a=3", "/cl-1.b=4"]).await;
    assert_eq!(tree(&*store, "/cl-1").await, ["/cl-1/a=1"]);
    assert_eq!(tree(&*store, "/cl-").await, [""; 0]);
    assert_eq!(tree(&*store, "/cl-10/a/b").await, [""; 0]);
    let all = ["/cl-1-x/a=2", "/cl-1.b=4", "/cl-1/a=1", "/cl-10/a=3"];
    assert_eq!(tree(&*store, "/").await, all);
    let (_, entries) = collect(&*store, &[What::All(path("/cl-1"))], At::Latest).await.unwrap();
    assert_eq!(entries.len(), 1, "nobody has put a leaf where there is a directory");
}

pub async fn a_leaf_is_a_subtree_of_one(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a/b=1", "/a/b-c=2", "/a/b0=3"]).await;
    assert_eq!(tree(&*store, "/a/b").await, ["/a/b=1"]);
}

pub async fn ranges_come_in_their_order_sorted_bytewise(room: &dyn Room) {
    let store = room.open().await;
    // U+FFFD sorts before U+1D11E as bytes, and behind it as UTF-16.
    let sorted =
        ["/a!=1", "/a-b/x=2", "/a/c=3", "/a/é=4", "/a/\u{fffd}=5", "/a/𝄞=6", "/a0=7", "/b=8"];
    let mut shuffled = sorted;
    shuffled.reverse();
    put(&*store, &shuffled).await;
    assert_eq!(tree(&*store, "/").await, sorted);
    let what = [
        What::Key(path("/b")),
        What::Subtree(path("/a")),
        What::Key(path("/x")),
        What::Key(path("/a!")),
    ];
    let (_, entries) = collect(&*store, &what, At::Latest).await.unwrap();
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/b", "/a/c", "/a/é", "/a/\u{fffd}", "/a/𝄞", "/a!"]);
}

pub async fn all_ranges_are_of_one_revision(room: &dyn Room) {
    let (reader, writer) = (room.open().await, room.open().await);
    let write = async {
        for round in 0..40 {
            put(&*writer, &[&format!("/a/x={round}"), &format!("/b/x={round}")]).await;
        }
    };
    let read = async {
        for _ in 0..40 {
            let what = [What::Subtree(path("/a")), What::Subtree(path("/b"))];
            let (_, entries) = collect(&*reader, &what, At::Latest).await.unwrap();
            let values: Vec<_> = entries.iter().map(|entry| &entry.value).collect();
            assert!(values.is_empty() || (values.len() == 2 && values[0] == values[1]));
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(write, read);
}

pub async fn what_was_acknowledged_is_read_by_everybody(room: &dyn Room) {
    let (one, two) = (room.open().await, room.open().await);
    for round in 0..10 {
        let revision = put(&*one, &[&format!("/x={round}")]).await;
        let (at, entries) = collect(&*two, &[What::Key(path("/x"))], At::Latest).await.unwrap();
        assert!(at >= revision);
        assert_eq!(entries[0].value, round.to_string());
    }
}

pub async fn at_a_revision(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a/x=1", "/a/y=1", "/a/z/deep=1"]).await;
    let second = put(&*store, &["/a/x=2"]).await;
    let third = commit(&*store, replaces("/a/z", &["/a/w=3"]), 2).await;
    let fourth = put(&*store, &["/a/z/deep=4", "/b=4"]).await;
    let at = async |revision| tree_at(&*store, "/", At::Revision(revision)).await.unwrap();
    assert_eq!(at(first).await, ["/a/x=1", "/a/y=1", "/a/z/deep=1"]);
    assert_eq!(at(second).await, ["/a/x=2", "/a/y=1", "/a/z/deep=1"]);
    assert_eq!(at(third).await, ["/a/w=3", "/a/x=2", "/a/y=1"]);
    assert_eq!(at(fourth).await, ["/a/w=3", "/a/x=2", "/a/y=1", "/a/z/deep=4", "/b=4"]);

    let what = [What::Key(path("/a/x")), What::Key(path("/b")), What::Subtree(path("/a/x"))];
    let (at, entries) = collect(&*store, &what, At::Revision(second)).await.unwrap();
    assert_eq!(at, second);
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].create_revision, entries[0].mod_revision), (first, second));
}

pub async fn at_the_newest_revision(room: &dyn Room) {
    let store = room.open().await;
    let revision = put(&*store, &["/a=1"]).await;
    assert_eq!(tree_at(&*store, "/", At::Revision(revision)).await.unwrap(), ["/a=1"]);
}

pub async fn a_revision_that_has_not_happened(room: &dyn Room) {
    let store = room.open().await;
    let far = At::Revision(newest(&*store).await + 1_000_000);
    let sentence = refused(tree_at(&*store, "/", far).await, Kind::Invalid);
    assert!(sentence.contains("has not happened"), "{sentence}");
    put(&*store, &["/a=1"]).await;
    refused(tree_at(&*store, "/", far).await, Kind::Invalid);
    refused(store.names(&path("/"), far).await, Kind::Invalid);
}

pub async fn the_sink_ends_the_read(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a=1", "/b=2", "/c=3"]).await;
    let mut given = 0;
    let what = [What::Subtree(path("/"))];
    let mut sink = |_: metactl::store::Item<'_>| {
        given += 1;
        if given == 2 { Err(Error::new(Kind::ClosedPipe, "enough")) } else { Ok(()) }
    };
    let read = store.read(&what, At::Latest, &mut sink).await;
    assert_eq!(refused(read, Kind::ClosedPipe), "enough");
    assert_eq!(given, 2);
    // The store is none the worse for it.
    put(&*store, &["/a=2"]).await;
    assert_eq!(tree(&*store, "/").await, ["/a=2", "/b=2", "/c=3"]);
}

pub async fn bookkeeping_is_hidden(room: &dyn Room) {
    let store = room.open().await;
    let pairs = ["/_metactl/self=cln-1", "/_metad/mapping/default/ip/host=/cl-1", "/cl-1/a=1"];
    let revision = put(&*store, &pairs).await;
    assert_eq!(tree(&*store, "/").await, pairs);
    assert_eq!(tree(&*store, "/_metactl").await, ["/_metactl/self=cln-1"]);
    assert_eq!(tree(&*store, "/_metactl/gen").await, [""; 0]);
    let (_, names) = store.names(&path("/_metactl"), At::Latest).await.unwrap();
    assert_eq!(names.len(), 1);

    let generation = generation_key("cl-1").unwrap();
    let read = entry(&*store, generation.as_str()).await.unwrap();
    assert_eq!((read.path, read.mod_revision), (generation, revision));
    assert_eq!(entry(&*store, "/_metactl/gen/cl-2").await, None);
}

pub async fn a_new_store_is_empty(room: &dyn Room) {
    let store = room.open().await;
    assert_eq!(tree(&*store, "/").await, [""; 0]);
    assert_eq!(value(&*store, "/a").await, None);
    assert!(newest(&*store).await > 0);
    let (revision, names) = store.names(&path("/"), At::Latest).await.unwrap();
    assert!(revision > 0 && names.is_empty());
    tree_at(&*store, "/", At::Revision(revision)).await.unwrap();
}
