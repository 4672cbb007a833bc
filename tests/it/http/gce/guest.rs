//! Guest attributes: written by their own instance, if that is switched on.

use super::scene::{FLAVOR, STRANGER, Shop, WEB2, get};
use crate::support::http::{Answer, Client};

const AT: &str = "/computeMetadata/v1/instance/guest-attributes/";

#[track_caller]
fn put(client: &mut Client, name: &str, value: &str) -> Answer {
    client.ask("PUT", &format!("{AT}{name}"), &[FLAVOR], value.as_bytes())
}

#[test]
fn without_the_flag_they_are_disabled() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for path in ["instance/guest-attributes/", "instance/guest-attributes/a/b"] {
        let answer = get(&mut client, path);
        assert_eq!(answer.status, 403);
        assert!(answer.text().starts_with("Guest attributes endpoint access is disabled"));
    }
    assert_eq!(put(&mut client, "a/b", "1").status, 403);
    assert!(!get(&mut client, "instance/").text().contains("guest-attributes"));
}

#[test]
fn an_instance_writes_and_reads_its_own() {
    let shop = Shop::open(&["--guest-attributes"]);
    let mut client = shop.web1();
    assert_eq!(get(&mut client, "instance/guest-attributes/").text(), "");
    for (name, value) in [("hostkeys/ssh-rsa", "AAAA"), ("hostkeys/ed25519", "B\nB"), ("my/k", "")]
    {
        let answer = put(&mut client, name, value);
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
        assert_eq!(answer.header("metadata-flavor"), Some("Google"));
        let read = get(&mut client, &format!("instance/guest-attributes/{name}"));
        assert_eq!(read.text(), value);
    }
    assert_eq!(get(&mut client, "instance/guest-attributes/").text(), "hostkeys/\nmy/\n");
    assert_eq!(get(&mut client, "instance/guest-attributes/my/").text(), "k\n");
    assert_eq!(
        get(&mut client, "instance/guest-attributes/?recursive=true").text(),
        r#"{"hostkeys":{"ed25519":"B\nB","ssh-rsa":"AAAA"},"my":{"k":""}}"#
    );
    // Nobody else's has them.
    let mut other = shop.from(WEB2);
    assert_eq!(get(&mut other, "instance/guest-attributes/").text(), "");
    // Beside the custom metadata, for whoever operates the shop.
    let path = "/cl-shop/hosts/web/i-web1/guest-attributes/hostkeys/ssh-rsa";
    assert_eq!(shop.home.run(["get", path]).ok().stdout, "AAAA\n");
    assert!(!shop.home.run(["doctor"]).stdout.contains("guest-attributes"));
    for name in ["hostkeys/ssh-rsa", "hostkeys/ed25519", "my/k"] {
        let path = format!("{AT}{name}");
        assert_eq!(client.ask("DELETE", &path, &[FLAVOR], b"").status, 200);
        assert_eq!(client.ask("DELETE", &path, &[FLAVOR], b"").status, 404);
    }
    assert_eq!(get(&mut client, "instance/guest-attributes/").text(), "");
}

#[test]
fn writing_wakes_who_waits() {
    let shop = Shop::open(&["--guest-attributes"]);
    let mut waiting = shop.web1();
    let path = format!("{AT}?recursive=true&wait_for_change=true&last_etag=");
    let etag = get(&mut waiting, "instance/guest-attributes/").header("etag").unwrap().to_owned();
    waiting.send("GET", &format!("{path}{etag}"), &[FLAVOR], b"");
    put(&mut shop.web1(), "a/b", "1");
    assert_eq!(waiting.answer().text(), r#"{"a":{"b":"1"}}"#);
}

#[test]
fn what_breaks_a_limit_is_refused() {
    let shop = Shop::open(&["--guest-attributes"]);
    let mut client = shop.web1();
    let long = "k".repeat(129);
    for name in ["", "a", "a/", "/b", "a/b/c", "a/b!", "..", "../x", &format!("a/{long}")] {
        let status = put(&mut client, name, "1").status;
        assert!(matches!(status, 400 | 404), "{name}: {status}");
    }
    assert_eq!(put(&mut client, "a/b", &"v".repeat(262_145)).status, 413);
    assert_eq!(put(&mut client, "a/b", &"v".repeat(262_144)).status, 200);
    assert_eq!(put(&mut client, "a/c", &"v".repeat(262_143)).status, 413, "in all");
    let bytes = client.ask("PUT", &format!("{AT}a/d"), &[FLAVOR], b"\xff");
    assert_eq!(bytes.status, 400);
    assert_eq!(get(&mut client, "instance/guest-attributes/a/").text(), "b\n");
}

#[test]
fn only_their_own_instance_writes_them() {
    let shop = Shop::open(&["--guest-attributes"]);
    assert_eq!(put(&mut shop.from(STRANGER), "a/b", "1").status, 404);
    let path = format!("{AT}a/b");
    assert_eq!(shop.web1().ask("PUT", &path, &[], b"1").status, 403);
    let headers = [FLAVOR, ("X-Forwarded-For", "127.0.0.1")];
    assert_eq!(shop.web1().ask("PUT", &path, &headers, b"1").status, 403);
    assert_eq!(shop.web1().ask("POST", &path, &[FLAVOR], b"1").status, 405);
    assert_eq!(get(&mut shop.web1(), "instance/guest-attributes/").text(), "");
}
