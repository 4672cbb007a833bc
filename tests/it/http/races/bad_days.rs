//! The store is lost, frozen, compacted and restored: the service goes on, says
//! how old its state is, and comes back by itself without losing anything.

use super::grounds::{Grounds, NODE, version};
use crate::store::words::{commit, deletes, put};
use crate::support::Serve;
use crate::support::etcd::Etcd;
use crate::support::http::Client;
use crate::support::line::Line;
use crate::support::until;

const NUMBER: &str = "/self/env/number";

async fn begun(grounds: &Grounds) -> Serve {
    grounds.map().await;
    put(&*grounds.store, &["/cl-1/env/number=0", "/cl-1/env/other=x"]).await;
    grounds.serve(&["--quiet-window", "0"])
}

#[track_caller]
fn poll(client: &mut Client, since: u64) {
    client.send("GET", &format!("{NUMBER}?wait=true&prev_version={since}"), &[], b"");
}

#[track_caller]
fn until_old(serve: &Serve, old: bool) {
    until("the state is known to be old, or not to be", || {
        let answer = serve.node(NODE).get(NUMBER);
        assert_eq!(answer.status, 200);
        answer.header("warning").is_some() == old
    });
}

/// What is answered while the store is away: the last state, marked.
#[track_caller]
fn serves_on(serve: &Serve, since: u64) {
    let answer = serve.node(NODE).get(NUMBER);
    assert_eq!((answer.status, answer.text().as_str(), version(&answer)), (200, "0", since));
    assert!(answer.header("warning").unwrap().starts_with("110 "));
    let age: u64 = answer.header("age").unwrap().parse().unwrap();
    until("the age grows", || {
        let later = serve.node(NODE).get(NUMBER);
        later.header("age").unwrap().parse::<u64>().unwrap() > age
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_store() {
    let etcd = Etcd::start();
    let grounds = Grounds::etcd(&etcd);
    let serve = begun(&grounds).await;
    let mut node = serve.node(NODE);
    let since = version(&node.get(NUMBER));
    poll(&mut node, since);
    etcd.member(0).kill();
    until_old(&serve, true);
    serves_on(&serve, since);
    etcd.member(0).restart();
    let revision = put(&*grounds.store, &["/cl-1/env/number=1"]).await;
    let answer = node.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("1", revision));
    until_old(&serve, false);
    assert_eq!(serve.node(NODE).get(NUMBER).header("age"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_store() {
    let etcd = Etcd::start();
    let grounds = Grounds::etcd(&etcd);
    let serve = begun(&grounds).await;
    let mut node = serve.node(NODE);
    let since = version(&node.get(NUMBER));
    poll(&mut node, since);
    etcd.member(0).freeze();
    until_old(&serve, true);
    serves_on(&serve, since);
    etcd.member(0).thaw();
    until_old(&serve, false);
    let revision = put(&*grounds.store, &["/cl-1/env/number=1"]).await;
    let answer = node.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("1", revision));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_leaf_where_a_directory_is() {
    let etcd = Etcd::start();
    let grounds = Grounds::etcd(&etcd);
    let mut foreign = etcd.client().await;
    // One from before, and one that comes while it is followed.
    foreign.put("/cl-1/env/deep", "leaf", None).await.unwrap();
    foreign.put("/cl-1/env/deep/er", "1", None).await.unwrap();
    let serve = begun(&grounds).await;
    let mut node = serve.node(NODE);
    assert_eq!(node.get("/self/env/deep").text(), "/er\t1\n");
    foreign.put("/cl-1/env/number/er", "1", None).await.unwrap();
    until("the directory hides it", || node.get(NUMBER).text() == "/er\t1\n");
    let since = version(&node.get(NUMBER));
    poll(&mut node, since);
    foreign.delete("/cl-1/env/number/er", None).await.unwrap();
    assert_eq!(node.answer().text(), "0");
    foreign.delete("/cl-1/env/deep/er", None).await.unwrap();
    until("it is seen again", || node.get("/self/env/deep").text() == "leaf");
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_beyond_the_watch() {
    let etcd = Etcd::start();
    let line = Line::to(&etcd.addresses()[0]).await;
    let grounds = Grounds::at(&format!("etcd://{}", line.address()), &etcd);
    let serve = begun(&grounds).await;
    let (mut node, mut beside) = (serve.node(NODE), serve.node(NODE));
    let since = version(&node.get(NUMBER));
    poll(&mut node, since);
    beside.send("GET", &format!("/self/env/other?wait=true&prev_version={since}"), &[], b"");
    line.cut();
    until_old(&serve, true);
    // What is written and deleted meanwhile is forgotten by the store itself.
    put(&*grounds.store, &["/cl-1/env/number=1", "/cl-1/env/brief=x"]).await;
    let gone = commit(&*grounds.store, deletes(&["/cl-1/env/brief"]), 1).await;
    let revision = put(&*grounds.store, &["/cl-1/env/number=2"]).await;
    grounds.store.compact(revision).await.unwrap();
    assert!(gone < revision);
    line.mend();
    let answer = node.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("2", revision));
    // Who is not concerned goes on waiting, and is told what concerns it.
    let next = put(&*grounds.store, &["/cl-1/env/other=y"]).await;
    let answer = beside.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("y", next));
    until_old(&serve, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_from_a_backup() {
    let etcd = Etcd::start();
    let grounds = Grounds::etcd(&etcd);
    let serve = begun(&grounds).await;
    etcd.member(0).kill();
    let backup = etcd.member(0).backup();
    etcd.member(0).restart();
    for number in 1..=5 {
        put(&*grounds.store, &[&format!("/cl-1/env/number={number}")]).await;
    }
    let mut node = serve.node(NODE);
    until("the newest state is there", || node.get(NUMBER).text() == "5");
    let since = version(&node.get(NUMBER));
    poll(&mut node, since);
    etcd.member(0).kill();
    until_old(&serve, true);
    etcd.member(0).restore(&backup);
    etcd.member(0).restart();
    // The store went back, and so does the service: whoever waits is told.
    let answer = node.answer();
    assert_eq!(answer.text(), "0");
    assert!(version(&answer) < since);
    until_old(&serve, false);
    // From there on everything goes as before.
    poll(&mut node, version(&answer));
    let revision = put(&*grounds.store, &["/cl-1/env/number=9"]).await;
    let answer = node.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("9", revision));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_replaced_one_after_another() {
    let etcd = Etcd::start_three();
    let grounds = Grounds::etcd(&etcd);
    let serve = begun(&grounds).await;
    let mut node = serve.node(NODE);
    let mut since = version(&node.get(NUMBER));
    for number in 1..=3 {
        poll(&mut node, since);
        etcd.member(number - 1).kill();
        let revision = put(&*grounds.store, &[&format!("/cl-1/env/number={number}")]).await;
        let answer = node.answer();
        assert_eq!((answer.text(), version(&answer)), (number.to_string(), revision));
        since = revision;
        etcd.member(number - 1).restart();
    }
}
