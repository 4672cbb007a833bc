//! Conditions of a commit.

use metactl::error::Kind;
use metactl::store::Guard;

use super::rooms::Room;
use super::words::*;

pub async fn absent(room: &dyn Room) {
    let store = room.open().await;
    let absent = || vec![Guard::Absent(path("/a"))];
    try_commit(&*store, absent(), puts(&["/a=1"])).await.unwrap();
    let sentence = refused(try_commit(&*store, absent(), puts(&["/a=2"])).await, Kind::Conflict);
    assert!(sentence.contains("`/a` is there"), "{sentence}");
    // A directory is no leaf.
    let directory = vec![Guard::Absent(path("/d"))];
    put(&*store, &["/d/x=1"]).await;
    try_commit(&*store, directory, puts(&["/a=3"])).await.unwrap();
    assert_eq!(value(&*store, "/a").await.as_deref(), Some("3"));
}

pub async fn at_a_revision_of_the_key(room: &dyn Room) {
    let store = room.open().await;
    let at = |revision| vec![Guard::Revision(path("/a"), revision)];
    let first = try_commit(&*store, at(0), puts(&["/a=1"])).await.unwrap().revision;
    put(&*store, &["/b=1"]).await;
    let second = try_commit(&*store, at(first), puts(&["/a=2"])).await.unwrap().revision;
    let sentence = refused(try_commit(&*store, at(first), puts(&["/a=3"])).await, Kind::Conflict);
    for word in ["`/a`".to_owned(), first.to_string(), second.to_string()] {
        assert!(sentence.contains(&word), "{sentence}");
    }
    refused(try_commit(&*store, at(0), puts(&["/a=3"])).await, Kind::Conflict);
    commit(&*store, deletes(&["/a"]), 1).await;
    let sentence = refused(try_commit(&*store, at(second), puts(&["/a=3"])).await, Kind::Conflict);
    assert!(sentence.contains("`/a` is not there"), "{sentence}");
    try_commit(&*store, at(0), puts(&["/a=4"])).await.unwrap();
}

pub async fn of_a_value(room: &dyn Room) {
    let store = room.open().await;
    let is = |value: &str| vec![Guard::Value(path("/a"), value.to_owned())];
    refused(try_commit(&*store, is(""), puts(&["/a=1"])).await, Kind::Conflict);
    put(&*store, &["/a=ünï\tcode"]).await;
    try_commit(&*store, is("ünï\tcode"), puts(&["/a=2"])).await.unwrap();
    let sentence = refused(try_commit(&*store, is("3"), puts(&["/a=4"])).await, Kind::Conflict);
    assert!(sentence.contains("`/a` has another value"), "{sentence}");
    assert_eq!(value(&*store, "/a").await.as_deref(), Some("2"));
}

pub async fn unit_unchanged(room: &dyn Room) {
    let store = room.open().await;
    let since = |since| vec![Guard::Unchanged { unit: "cl-1".to_owned(), since }];
    let read = newest(&*store).await;
    let first = try_commit(&*store, since(read), puts(&["/cl-1/a=1"])).await.unwrap().revision;
    refused(try_commit(&*store, since(read), puts(&["/cl-1/b=1"])).await, Kind::Conflict);
    // Others do not count, deletions do.
    put(&*store, &["/cl-10/a=1", "/clusters/cl-2/a=1"]).await;
    try_commit(&*store, since(first), deletes(&["/cl-1/a"])).await.unwrap();
    let sentence =
        refused(try_commit(&*store, since(first), puts(&["/cl-1/b=1"])).await, Kind::Conflict);
    assert!(sentence.contains("`cl-1`"), "{sentence}");
    assert_eq!(tree(&*store, "/cl-1").await, [""; 0]);
}

pub async fn guards_count_when_nothing_changes(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a=1"]).await;
    let wrong = vec![Guard::Revision(path("/a"), first + 1)];
    refused(try_commit(&*store, wrong.clone(), puts(&["/a=1"])).await, Kind::Conflict);
    refused(try_commit(&*store, wrong, Default::default()).await, Kind::Conflict);
    let right = vec![Guard::Revision(path("/a"), first)];
    let outcome = try_commit(&*store, right, puts(&["/a=1"])).await.unwrap();
    assert_eq!((outcome.revision, outcome.changed), (first, 0));
}

pub async fn all_guards_must_hold(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/a=1", "/b=1"]).await;
    let guards = vec![
        Guard::Absent(path("/c")),
        Guard::Revision(path("/a"), first),
        Guard::Value(path("/b"), "2".to_owned()),
    ];
    let sentence = refused(try_commit(&*store, guards, puts(&["/c=1"])).await, Kind::Conflict);
    assert!(sentence.contains("`/b`"), "{sentence}");
    assert_eq!(value(&*store, "/c").await, None);
}

pub async fn generations_rise_with_their_unit_alone(room: &dyn Room) {
    let store = room.open().await;
    let first = put(&*store, &["/clusters/cl-1/a=1", "/projects/default/attributes/k=1"]).await;
    let second = put(&*store, &["/clusters/cl-1/a=2"]).await;
    let generation = async |unit: &str| {
        entry(&*store, &format!("/_metactl/gen/{unit}")).await.map(|entry| entry.mod_revision)
    };
    assert_eq!(generation("cl-1").await, Some(second));
    assert_eq!(generation("projects").await, Some(first));
    assert_eq!(generation("clusters").await, None);
    // No change, no generation.
    commit(&*store, puts(&["/projects/default/attributes/k=1"]), 0).await;
    assert_eq!(generation("projects").await, Some(first));
}
