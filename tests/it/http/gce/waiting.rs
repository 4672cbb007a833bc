//! `wait_for_change`: who waits for what, and what ends it.

use std::time::Duration;

use rustix::process::Signal;

use super::scene::{FLAVOR, Shop, WEB1, get};
use crate::support::http::{Answer, Client};

const BRIEF: Duration = Duration::from_millis(150);

/// Sends a request that is to wait, and sees that it does.
#[track_caller]
fn waits(client: &mut Client, path: &str) {
    client.send("GET", &format!("/computeMetadata/v1/{path}"), &[FLAVOR], b"");
    assert!(client.is_silent_for(BRIEF), "{path} was answered at once");
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

#[test]
fn without_an_etag_it_waits_for_the_next_change() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    waits(&mut client, "instance/attributes/Some_Key?wait_for_change=true");
    shop.set("Some_Key=new");
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (200, "new"));
}

#[test]
fn another_etag_is_answered_at_once_with_the_current_one() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    let current = etag(&get(&mut client, "instance/tags"));
    for last in ["0", "NONE", "0123456789abcdef"] {
        let path = format!("instance/tags?wait_for_change=true&last_etag={last}");
        let answer = get(&mut client, &path);
        assert_eq!((answer.status, etag(&answer)), (200, current.clone()), "{last}");
    }
    waits(&mut client, &format!("instance/tags?wait_for_change=true&last_etag={current}"));
    shop.set("tags=a");
    let answer = client.answer();
    assert_eq!(answer.text(), r#"["a"]"#);
    assert_ne!(etag(&answer), current);
}

#[test]
fn the_end_of_the_time_is_the_unchanged_state() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for path in ["instance/tags?", "instance/?recursive=true&", "?recursive=true&alt=text&"] {
        let before = get(&mut client, path);
        let path = format!("{path}wait_for_change=true&timeout_sec=1");
        let after = get(&mut client, &path);
        assert_eq!(after.status, 200);
        assert_eq!((etag(&after), after.text()), (etag(&before), before.text()), "{path}");
    }
    // Nothing is waited for without the word.
    assert_eq!(get(&mut client, "instance/tags?timeout_sec=3600&last_etag=x").status, 200);
}

#[test]
fn every_node_can_be_waited_for() {
    let shop = Shop::open(&[]);
    let nodes = [
        "instance/attributes/Some_Key?",
        "instance/attributes/?recursive=true&",
        "instance/?recursive=true&",
        "?recursive=true&",
        "?recursive=true&alt=text&",
        "instance/attributes/Some_Key?alt=json&",
    ];
    let mut waiting: Vec<Client> = nodes.map(|_| shop.web1()).into();
    for (client, node) in waiting.iter_mut().zip(nodes) {
        waits(client, &format!("{node}wait_for_change=true"));
    }
    shop.set("Some_Key=fresh");
    for (client, node) in waiting.iter_mut().zip(nodes) {
        let answer = client.answer();
        assert!(answer.status == 200 && answer.text().contains("fresh"), "{node}");
    }
}

#[test]
fn what_concerns_others_wakes_nobody() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    waits(&mut client, "instance/attributes/Some_Key?wait_for_change=true");
    shop.set("other=1");
    shop.home.run(["add-metadata", "i-web2", "--metadata", "Some_Key=2"]).ok();
    shop.home.run(["add-metadata", "--project=shop", "--metadata", "Some_Key=2"]).ok();
    assert!(client.is_silent_for(BRIEF));
    shop.set("Some_Key=3");
    assert_eq!(client.answer().text(), "3");
}

#[test]
fn the_project_can_be_waited_for() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    waits(&mut client, "project/attributes/?recursive=true&wait_for_change=true");
    shop.home.run(["add-metadata", "--project=shop", "--metadata", "color=red"]).ok();
    assert_eq!(client.answer().text(), r#"{"color":"red","size":"12"}"#);
}

#[test]
fn the_end_of_the_key_is_not_found() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    assert_eq!(get(&mut client, "instance/attributes/none?wait_for_change=true").status, 404);
    waits(&mut client, "instance/attributes/Some_Key?wait_for_change=true");
    shop.home.run(["remove-metadata", "i-web1", "--keys", "Some_Key"]).ok();
    assert_eq!(client.answer().status, 404);
    waits(&mut client, "?recursive=true&wait_for_change=true");
    shop.home.run(["mapping", "rm", WEB1, "--yes"]).ok();
    assert_eq!(client.answer().status, 404);
}

#[test]
fn a_mapping_that_leads_elsewhere_is_a_change() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    waits(&mut client, "instance/name?wait_for_change=true");
    shop.home.run(["mapping", "set", WEB1, "host=/cl-shop/hosts/web/i-web2"]).ok();
    assert_eq!(client.answer().text(), "i-web2");
    // What it depends on now has changed with it.
    waits(&mut client, "instance/attributes/?recursive=true&wait_for_change=true");
    shop.home.run(["add-metadata", "i-web2", "--metadata", "a=1"]).ok();
    assert_eq!(client.answer().text(), r#"{"a":"1"}"#);
}

#[test]
fn the_limit_of_the_service_ends_it_as_well() {
    let shop = Shop::open(&["--poll-limit", "1s"]);
    let mut client = shop.web1();
    let answer = get(&mut client, "instance/name?wait_for_change=true&timeout_sec=3600");
    assert_eq!((answer.status, answer.text().as_str()), (200, "i-web1"));
}

#[test]
fn the_end_of_the_service_is_the_current_state() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    waits(&mut client, "instance/name?wait_for_change=true");
    shop.serve.running.signal(Signal::TERM);
    assert_eq!(client.answer().text(), "i-web1");
}

/// Go's `metadata.Subscribe`, request by request.
#[test]
fn the_loop_of_gos_client_sees_every_state() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    let agent = ("User-Agent", "gcloud-golang/0.1");
    let path = "/computeMetadata/v1/instance/attributes/Some_Key";
    let first = client.ask("GET", path, &[FLAVOR, agent], b"");
    assert_eq!(first.text(), "one\ntwo");
    let mut last = etag(&first);
    for value in ["a", "b", "c"] {
        let next = format!("{path}?wait_for_change=true&last_etag={last}");
        client.send("GET", &next, &[FLAVOR, agent], b"");
        shop.set(&format!("Some_Key={value}"));
        let answer = client.answer();
        assert_eq!(answer.text(), value);
        last = etag(&answer);
    }
    client.send(
        "GET",
        &format!("{path}?wait_for_change=true&last_etag={last}"),
        &[FLAVOR, agent],
        b"",
    );
    shop.home.run(["remove-metadata", "i-web1", "--keys", "Some_Key"]).ok();
    assert_eq!(client.answer().status, 404);
}

/// The guest agent's one request, over and over.
#[test]
fn the_loop_of_the_guest_agent_sees_every_state() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    let path = |etag: &str| {
        format!(
            "/computeMetadata/v1/?alt=json&last_etag={etag}&recursive=true&timeout_sec=60&wait_for_change=true"
        )
    };
    let first = client.ask("GET", &path("NONE"), &[FLAVOR], b"");
    let key = |answer: &Answer| -> serde_json::Value {
        let tree: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        tree["instance"]["attributes"]["Some_Key"].clone()
    };
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(key(&first), "one\ntwo");
    client.send("GET", &path(&etag(&first)), &[FLAVOR], b"");
    assert!(client.is_silent_for(BRIEF));
    shop.set("Some_Key=next");
    let second = client.answer();
    assert_eq!(key(&second), "next");
    assert_ne!(etag(&second), etag(&first));
}
