//! What a commit does.

use metactl::error::Kind;
use metactl::store::{At, Changes, Guard};

use super::rooms::Room;
use super::words::*;

pub async fn all_changes_are_one_revision(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a/x=1", "/a/y=1"]).await;
    let mut changes = puts(&["/a/x=2", "/b=2"]);
    changes.delete(&path("/a/y"));
    let second = commit(&*store, changes, 3).await;
    assert!(second > first);
    assert_eq!(newest(&*store).await, second);
    assert_eq!(entry(&*store, "/a/x").await.unwrap().mod_revision, second);
    assert_eq!(entry(&*store, "/b").await.unwrap().mod_revision, second);
    assert_eq!(tree(&*store, "/").await, ["/a/x=2", "/b=2"]);
}

pub async fn nothing_of_a_refused_commit(room: &dyn Room) {
    let store = room.open().await;
    let before = put(&*store, &["/a/x=1", "/m=1"]).await;
    // The last change is the one in the way.
    let mut changes = puts(&["/a/x=2", "/b=2", "/m/below=2"]);
    changes.delete_tree(&path("/a"));
    refused(try_commit(&*store, vec![], changes).await, Kind::Conflict);
    assert_eq!(newest(&*store).await, before);
    assert_eq!(tree(&*store, "/").await, ["/a/x=1", "/m=1"]);
    put(&*store, &["/a/x=3"]).await;
}

pub async fn what_is_the_same_is_no_change(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a=1", "/b="]).await;
    assert_eq!(commit(&*store, puts(&["/a=1", "/b="]), 0).await, first);
    let second = commit(&*store, puts(&["/a=1", "/b=2"]), 1).await;
    assert!(second > first);
    assert_eq!(entry(&*store, "/a").await.unwrap().mod_revision, first);
}

pub async fn deletion_of_nothing_is_no_change(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a/b=1"]).await;
    let mut changes = deletes(&["/x", "/a"]);
    changes.delete_tree(&path("/a/b/c"));
    changes.delete_tree(&path("/a-b"));
    assert_eq!(commit(&*store, changes, 0).await, first);
    assert_eq!(tree(&*store, "/").await, ["/a/b=1"]);
}

pub async fn a_commit_of_nothing(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a=1"]).await;
    assert_eq!(commit(&*store, Changes::new(), 0).await, first);
}

pub async fn deletions_come_first(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a=1", "/b=1", "/c/x=1"]).await;
    let mut changes = puts(&["/a=1", "/b=2", "/c/x=1"]);
    changes.delete(&path("/a"));
    changes.delete(&path("/b"));
    changes.delete_tree(&path("/c"));
    commit(&*store, changes, 1).await;
    assert_eq!(tree(&*store, "/").await, ["/a=1", "/b=2", "/c/x=1"]);
    assert_eq!(entry(&*store, "/a").await.unwrap().mod_revision, first);
    assert_eq!(entry(&*store, "/c/x").await.unwrap().mod_revision, first);
}

pub async fn replacing_changes_what_differs(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/c/a=1", "/c/b=1", "/c/d/x=1", "/c/d/y=1", "/e=1"]).await;
    let pairs = ["/c/a=1", "/c/b=2", "/c/d/y=1", "/c/f/new=2"];
    let second = commit(&*store, replaces("/c", &pairs), 3).await;
    assert_eq!(tree(&*store, "/").await, [&pairs[..], &["/e=1"]].concat());
    assert_eq!(entry(&*store, "/c/a").await.unwrap().mod_revision, first);
    assert_eq!(entry(&*store, "/c/d/y").await.unwrap().mod_revision, first);
    assert_eq!(entry(&*store, "/c/b").await.unwrap().mod_revision, second);
    assert_eq!(commit(&*store, replaces("/c", &pairs), 0).await, second);
}

pub async fn a_new_value_keeps_the_create_revision(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/c/a=1"]).await;
    put(&*store, &["/c/a=2"]).await;
    let third = commit(&*store, replaces("/c", &["/c/a=3"]), 1).await;
    let entry = entry(&*store, "/c/a").await.unwrap();
    assert_eq!((entry.create_revision, entry.mod_revision), (first, third));
}

pub async fn coming_back_is_a_new_creation(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/a=1"]).await;
    commit(&*store, deletes(&["/a"]), 1).await;
    assert_eq!(value(&*store, "/a").await, None);
    let third = put(&*store, &["/a=1"]).await;
    let entry = entry(&*store, "/a").await.unwrap();
    assert_eq!((entry.create_revision, entry.mod_revision), (third, third));
}

pub async fn a_subtree_is_deleted_by_segments(room: &dyn Room) {
    let store = room.open().await;
    let pairs = ["/cl-1/a=1", "/cl-1/b/c=1", "/cl-10/a=1", "/cl-1-x=1", "/cl-2=1"];
    put(&*store, &pairs).await;
    let mut changes = Changes::new();
    changes.delete_tree(&path("/cl-1"));
    changes.delete_tree(&path("/cl-2"));
    commit(&*store, changes, 3).await;
    assert_eq!(tree(&*store, "/").await, ["/cl-1-x=1", "/cl-10/a=1"]);
}

pub async fn deleting_everything_leaves_the_generations(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/cl-1/a=1", "/_metactl/self=x", "/_metad/rule/default/ip=[]"]).await;
    let mut changes = Changes::new();
    changes.delete_tree(&path("/"));
    let gone = commit(&*store, changes, 3).await;
    assert_eq!(tree(&*store, "/").await, [""; 0]);
    assert_eq!(entry(&*store, "/_metactl/gen/cl-1").await.unwrap().mod_revision, gone);
    let guard = Guard::Unchanged { unit: "cl-1".to_owned(), since: gone - 1 };
    refused(try_commit(&*store, vec![guard], puts(&["/cl-1/a=1"])).await, Kind::Conflict);
}

pub async fn wrong_changes_are_invalid(room: &dyn Room) {
    let store = room.open().await;
    let before = newest(&*store).await;
    let wrong = [
        puts(&["/a=1", "/b=1", "/a=2"]),
        puts(&["/a=1", "/a-b=1", "/a/c=1"]),
        puts(&["/=1"]),
        puts(&["/_metactl/log=1"]),
        deletes(&["/_metactl/gen/cl-1"]),
    ];
    for changes in wrong {
        refused(try_commit(&*store, vec![], changes).await, Kind::Invalid);
    }
    assert_eq!(newest(&*store).await, before);
    assert_eq!(tree(&*store, "/").await, [""; 0]);
}

pub async fn changes_need_not_be_sorted(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/z/1=a", "/a/2=b", "/m=c", "/a/1=d"]).await;
    assert_eq!(tree(&*store, "/").await, ["/a/1=d", "/a/2=b", "/m=c", "/z/1=a"]);
}

pub async fn five_thousand_at_once(room: &dyn Room) {
    let store = room.open().await;
    let before = put(&*store, &["/big/k0000=0"]).await;
    let mut changes = Changes::new();
    for index in 0..5_000 {
        changes.put(&path(&format!("/big/k{index:04}")), &format!("value {index}"));
    }
    let revision = commit(&*store, changes.clone(), 5_000).await;
    let all = tree(&*store, "/big").await;
    assert_eq!(all.len(), 5_000);
    assert_eq!(all[4_321], "/big/k4321=value 4321");
    assert_eq!(entry(&*store, "/big/k0000").await.unwrap().mod_revision, revision);
    assert_eq!(entry(&*store, "/big/k4999").await.unwrap().mod_revision, revision);
    let old = tree_at(&*store, "/big", At::Revision(before)).await.unwrap();
    assert_eq!(old, ["/big/k0000=0"]);
    assert_eq!(commit(&*store, changes, 0).await, revision);
}
