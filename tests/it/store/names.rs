//! The children of a directory.

use metactl::store::{At, Store};

use super::rooms::Room;
use super::words::*;

/// Names as `ls` prints them: directories end in `/`.
async fn names(store: &dyn Store, directory: &str, at: At) -> Vec<String> {
    let (_, names) = store.names(&path(directory), at).await.unwrap();
    let print = |name: metactl::store::Name| name.name + if name.directory { "/" } else { "" };
    names.into_iter().map(print).collect()
}

pub async fn children_sorted_by_name(room: &dyn Room) {
    let store = room.open().await;
    // As paths, `/d/a-b` and `/d/a.c` come before `/d/a/x`, `/d/a0` behind it.
    put(
        &*store,
        &["/d/a/x=1", "/d/a/y/z=2", "/d/a-b=3", "/d/a.c/x=4", "/d/a0=5", "/d/b=6", "/d/𝄞/x=7"],
    )
    .await;
    let below = ["a/", "a-b", "a.c/", "a0", "b", "𝄞/"];
    assert_eq!(names(&*store, "/d", At::Latest).await, below);
    assert_eq!(names(&*store, "/d/a", At::Latest).await, ["x", "y/"]);
    assert_eq!(names(&*store, "/", At::Latest).await, ["d/"]);
}

pub async fn nothing_below(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/d/a=1"]).await;
    for empty in ["/d/a", "/x", "/d/a/b"] {
        assert_eq!(names(&*store, empty, At::Latest).await, [""; 0], "{empty}");
    }
}

pub async fn names_at_a_revision(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/d/a/x=1", "/d/b=1", "/d/c/y=1"]).await;
    let second = commit(&*store, replaces("/d/a", &["/d/e=2"]), 2).await;
    put(&*store, &["/d/f=3"]).await;
    assert_eq!(names(&*store, "/d", At::Revision(first)).await, ["a/", "b", "c/"]);
    assert_eq!(names(&*store, "/d", At::Revision(second)).await, ["b", "c/", "e"]);
    assert_eq!(names(&*store, "/d", At::Latest).await, ["b", "c/", "e", "f"]);
    assert_eq!(names(&*store, "/d/a", At::Revision(second)).await, [""; 0]);
}

pub async fn names_end_at_the_segment(room: &dyn Room) {
    let store = room.open().await;
    put(&*store, &["/cl-1/a=1", "/cl-10/b=2", "/cl-1-x/c=3"]).await;
    assert_eq!(names(&*store, "/cl-1", At::Latest).await, ["a"]);
    assert_eq!(names(&*store, "/", At::Latest).await, ["cl-1/", "cl-1-x/", "cl-10/"]);
}
