//! Long polls: who is woken by what, and what the version promises.

use std::time::Duration;

use rustix::process::Signal;

use super::scene::{NODE, STRANGER, Scene, told, version};
use crate::support::etcd::Lent;
use crate::support::http::Client;

/// Long enough for what would come at once.
const MOMENT: Duration = Duration::from_millis(300);

#[track_caller]
fn poll(client: &mut Client, path: &str, since: u64) {
    client.send("GET", &format!("{path}?wait=true&prev_version={since}"), &[], b"");
}

fn wakes_whom_it_concerns(scene: &Scene) {
    let (mut node, mut deep) = (scene.node(), scene.node());
    let before = version(&node.get("/self"));
    poll(&mut node, "/self", before);
    poll(&mut deep, "/self/env/port", before);
    scene.run(&["put", "/cl-1/cluster/zone", "elsewhere"]);
    assert!(node.is_silent_for(MOMENT), "another's change");
    scene.run(&["put", "/cl-1/hosts/web/i-2/sid", "7"]);
    let answer = node.answer();
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("/hosts/web/i-2/sid\t7\n"), "the state, not the change");
    assert_eq!(version(&answer), before + 2);
    assert!(deep.is_silent_for(MOMENT), "a path below a link waits");
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    assert_eq!(deep.answer().text(), "9090");
    // One change is one answer: the next poll waits.
    poll(&mut node, "/self/hosts", version(&answer));
    assert!(node.is_silent_for(MOMENT));
}

#[test]
fn a_change_wakes_whom_it_concerns() {
    wakes_whom_it_concerns(&Scene::new(&["--quiet-window", "0"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_wakes_whom_it_concerns_on_etcd() {
    let etcd = Lent::take().await;
    wakes_whom_it_concerns(&Scene::on_etcd(&etcd, &["--quiet-window", "0"]));
}

#[test]
fn a_version_from_before_a_change_is_answered_at_once() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let before = version(&node.get("/self/env"));
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    scene.until_shown("/self/env/port", "9090");
    for name in ["prev_version", "pre_version"] {
        let answer = node.get(&format!("/self/env?wait=true&{name}={before}"));
        assert!(answer.text().contains("/port\t9090\n"), "{name}");
        assert_eq!(version(&answer), before + 1);
    }
    // Elsewhere nothing has changed after it.
    poll(&mut node, "/self/hosts", before);
    assert!(node.is_silent_for(MOMENT));
}

#[test]
fn without_a_version_the_next_change_is_waited_for() {
    let scene = Scene::new(&["--quiet-window", "0"]);
    for (number, query) in
        ["wait=true", "wait=true&prev_version=0", "wait=true&prev_version=-1&change=false"]
            .into_iter()
            .enumerate()
    {
        let mut node = scene.node();
        node.send("GET", &format!("/self/env/port?{query}"), &[], b"");
        assert!(node.is_silent_for(MOMENT), "{query}");
        scene.run(&["put", "/cl-1/env/port", &format!("900{number}")]);
        assert_eq!(node.answer().text(), format!("900{number}"), "{query}");
    }
    let mut node = scene.node();
    for bad in ["x", "1.5", "99999999999999999999999"] {
        let answer = node.get(&format!("/self?wait=true&prev_version={bad}"));
        assert_eq!(answer.status, 400, "{bad}");
        assert!(told(&answer).starts_with("400 text/plain; charset=utf-8\nBad prev_version"));
    }
    // Who does not wait has no use for a version.
    assert_eq!(node.get("/self/env/port?prev_version=x").status, 200);
}

#[test]
fn a_version_that_the_store_does_not_have_is_answered_at_once() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let before = version(&node.get("/self"));
    let answer = node.get("/self?wait=true&prev_version=999999999");
    assert_eq!((answer.status, version(&answer)), (200, before));
}

#[test]
fn what_comes_and_what_goes_is_told() {
    let scene = Scene::new(&["--quiet-window", "0"]);
    let mut node = scene.node();
    let nothing = node.get("/self/adding-hosts");
    assert_eq!(nothing.status, 404);
    poll(&mut node, "/self/adding-hosts", version(&nothing));
    assert!(node.is_silent_for(MOMENT));
    scene.run(&["put", "/cl-1/adding-hosts/web/i-3/ip", "127.0.0.10"]);
    let there = node.answer();
    assert_eq!(told(&there), "200 text/plain; charset=utf-8\n/web/i-3/ip\t127.0.0.10\n");
    poll(&mut node, "/self/adding-hosts", version(&there));
    scene.run(&["rm", "-r", "--yes", "/cl-1/adding-hosts"]);
    let gone = node.answer();
    assert_eq!(told(&gone), "404 text/plain; charset=utf-8\nNot found\n");
    // It is known to be gone: that is no news a second time.
    poll(&mut node, "/self/adding-hosts", version(&gone));
    assert!(node.is_silent_for(MOMENT));
    let since = version(&there);
    let late = scene.node().get(&format!("/self/adding-hosts?wait=true&prev_version={since}"));
    assert_eq!(late.status, 404, "and it is news for who has missed it");
}

#[test]
fn a_changed_mapping_wakes_its_own_node() {
    let scene = Scene::new(&["--quiet-window", "0"]);
    let (mut node, mut stranger) = (scene.node(), scene.serve.node(STRANGER));
    let before = version(&node.get("/self/env/port"));
    poll(&mut node, "/self/env", before);
    poll(&mut stranger, "/self", before);
    scene.run(&["mapping", "set", STRANGER, "env=/cl-1/env"]);
    assert!(stranger.answer().text().contains("/env/port\t8080\n"));
    assert!(node.is_silent_for(MOMENT), "it was another's mapping");
    scene.run(&["mapping", "set", NODE, "env=/cl-2/env"]);
    assert_eq!(node.answer().text(), "/tick\t2000\n");
    poll(&mut stranger, "/self", version(&stranger_state(&scene)));
    scene.run(&["mapping", "rm", STRANGER, "--yes"]);
    assert_eq!(stranger.answer().status, 404);
}

fn stranger_state(scene: &Scene) -> crate::support::http::Answer {
    scene.serve.node(STRANGER).get("/self")
}

#[test]
fn an_idle_poll_ends_with_what_there_is() {
    let scene = Scene::new(&["--poll-limit", "1"]);
    let mut node = scene.node();
    let before = node.get("/self/env");
    let path = format!("/self/env?wait=true&prev_version={}", version(&before));
    let after = node.get(&path);
    assert_eq!((after.status, after.text()), (200, before.text()));
    assert_eq!(version(&after), version(&before));
    assert_eq!(scene.serve.node(STRANGER).get("/self?wait=true").status, 404);
}

#[test]
fn changes_that_follow_soon_are_told_together() {
    let scene = Scene::new(&["--quiet-window", "20s"]);
    let mut node = scene.node();
    let before = version(&node.get("/self/env/port"));
    poll(&mut node, "/self/env/port", before);
    scene.run(&["put", "/cl-1/env/port", "1"]);
    let first = node.answer();
    assert_eq!(first.text(), "1", "the first one after a quiet time is told at once");
    poll(&mut node, "/self/env/port", version(&first));
    scene.run(&["put", "/cl-1/env/port", "2"]);
    assert!(node.is_silent_for(MOMENT), "the next one at the end of the window");
    scene.run(&["put", "/cl-1/env/port", "3"]);
    let both = node.answer();
    assert_eq!((both.text().as_str(), version(&both)), ("3", before + 3));
}

#[test]
fn who_waits_is_answered_when_the_service_ends() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let before = version(&node.get("/self/env/port"));
    poll(&mut node, "/self/env/port", before);
    assert!(node.is_silent_for(MOMENT));
    scene.serve.running.signal(Signal::TERM);
    let answer = node.answer();
    assert_eq!((answer.text().as_str(), version(&answer)), ("8080", before));
}
