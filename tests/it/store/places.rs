//! A path is a leaf or a directory.

use metactl::error::Kind;
use metactl::store::Changes;

use super::rooms::Room;
use super::words::*;

pub async fn a_leaf_gets_no_children(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a/b=1"]).await;
    for below in ["/a/b/c=2", "/a/b/c/d/e=2"] {
        let sentence = refused(try_commit(&*store, vec![], puts(&[below])).await, Kind::Conflict);
        assert!(sentence.contains("`/a/b` has a value"), "{sentence}");
    }
    assert_eq!(tree(&*store, "/").await, ["/a/b=1"]);
}

pub async fn a_directory_gets_no_value(room: &dyn Room) {
    let store = room.open().await;
    // What sorts between a directory and its children must not hide them.
    put(&*store, &["/a/b/c=1", "/a-b=1", "/a!=1"]).await;
    for above in ["/a=2", "/a/b=2"] {
        let sentence = refused(try_commit(&*store, vec![], puts(&[above])).await, Kind::Conflict);
        assert!(sentence.contains("it is a directory"), "{sentence}");
    }
    assert_eq!(tree(&*store, "/").await, ["/a!=1", "/a-b=1", "/a/b/c=1"]);
}

pub async fn what_is_deleted_makes_room_for_children(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a/b=1", "/c=1"]).await;
    let mut changes = puts(&["/a/b/x=2", "/c/y/z=2"]);
    changes.delete(&path("/a/b"));
    changes.delete_tree(&path("/c"));
    commit(&*store, changes, 4).await;
    assert_eq!(tree(&*store, "/").await, ["/a/b/x=2", "/c/y/z=2"]);
}

pub async fn what_is_deleted_makes_room_for_a_leaf(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a/x=1", "/a/y/z=1", "/b/x=1", "/b/y=1"]).await;
    commit(&*store, replaces("/a", &["/a=2"]), 3).await;
    let mut changes = puts(&["/b=2"]);
    changes.delete(&path("/b/x"));
    refused(try_commit(&*store, vec![], changes.clone()).await, Kind::Conflict);
    changes.delete(&path("/b/y"));
    commit(&*store, changes, 3).await;
    assert_eq!(tree(&*store, "/").await, ["/a=2", "/b=2"]);
}

pub async fn neighbours_are_not_in_the_way(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a=1", "/b/x=1"]).await;
    put(&*store, &["/a-b/c=1", "/a0=1", "/b-c=1", "/b.=1", "/ab/c=1"]).await;
    put(&*store, &["/b/x-y/z=1"]).await;
    assert_eq!(tree(&*store, "/b").await, ["/b/x=1", "/b/x-y/z=1"]);
}

pub async fn many_at_once_find_the_one_in_the_way(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/m/d07/k=1", "/m/d33/k3/below=1"]).await;
    for (kind, extra, word) in [
        ("a leaf above", "/m/d07/k/z=2", "`/m/d07/k` has a value"),
        ("children below", "/m/d33/k3=2", "it is a directory"),
    ] {
        let mut changes = Changes::new();
        for index in 0..400 {
            let (directory, name) = (index / 8, index % 8);
            if (directory, name) != (33, 3) {
                changes.put(&path(&format!("/m/d{directory:02}/k{name}")), "2");
            }
        }
        changes.extend(&puts(&[extra]));
        let sentence = refused(try_commit(&*store, vec![], changes).await, Kind::Conflict);
        assert!(sentence.contains(word), "{kind}: {sentence}");
    }
    assert_eq!(tree(&*store, "/").await, ["/m/d07/k=1", "/m/d33/k3/below=1"]);
}
