//! Who asks, as the access log tells it: peers, proxies, and who pretends to be one.

use std::path::Path;

use crate::support::http::Client;
use crate::support::{Home, Running, Serve, until};

/// The lines that the access log has, once there are `count`.
fn lines(log: &Path, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    until("the requests are logged", || {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        lines = text.lines().map(str::to_owned).collect();
        lines.len() >= count
    });
    lines
}

/// The callers of the first requests.
fn callers(log: &Path, count: usize) -> Vec<String> {
    lines(log, count).iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn forwarding_headers_of_nobody_in_particular_are_ignored() {
    let home = Home::new();
    let log = home.path().join("access.log");
    let serve = Serve::start(&home, &["--access-log", log.to_str().unwrap()]);
    let mut node = serve.node("127.0.0.7");
    node.ask("GET", "/nothing", &[("x-forwarded-for", "127.0.0.8")], b"");
    node.ask("GET", "/nothing", &[("forwarded", "for=127.0.0.8")], b"");
    node.write(b"PROXY TCP4 127.0.0.8 127.0.0.1 1 80\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(node.answer().status, 400);
    assert_eq!(callers(&log, 2), ["127.0.0.7", "127.0.0.7"]);
}

#[test]
fn a_trusted_proxy_is_believed() {
    let home = Home::new();
    let log = home.path().join("access.log");
    let args = ["--access-log", log.to_str().unwrap(), "--trust-proxy", "127.0.0.16/28"];
    let serve = Serve::start(&home, &args);
    let mut proxy = serve.node("127.0.0.17");
    for hops in ["192.0.2.9", "192.0.2.8, 192.0.2.9, 127.0.0.18", "junk"] {
        proxy.ask("GET", "/nothing", &[("x-forwarded-for", hops)], b"");
    }
    proxy.get("/nothing");
    let mut node = serve.node("127.0.0.7");
    node.ask("GET", "/nothing", &[("x-forwarded-for", "192.0.2.9")], b"");
    let expected = ["192.0.2.9", "192.0.2.9", "127.0.0.17", "127.0.0.17", "127.0.0.7"];
    assert_eq!(callers(&log, 5), expected);
}

#[test]
fn the_proxy_protocol_is_spoken_with_trusted_proxies_alone() {
    let home = Home::new();
    let log = home.path().join("access.log");
    let trust = ["--trust-proxy", "127.0.0.16/28", "--proxy-protocol"];
    let serve =
        Serve::start(&home, &[&["--access-log", log.to_str().unwrap()], &trust[..]].concat());
    let mut one = serve.node("127.0.0.17");
    one.write(b"PROXY TCP4 192.0.2.9 127.0.0.1 1 80\r\n");
    assert_eq!(one.get("/nothing").status, 404);
    assert_eq!(one.get("/nothing").status, 404);
    let mut two = serve.node("127.0.0.17");
    two.write(
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x0a\x7f\x00\x00\x01\x00\x01\x00\x50",
    );
    assert_eq!(two.get("/nothing").status, 404);
    // Without the header it gets nothing; others need none.
    let mut bare = serve.node("127.0.0.17");
    bare.send("GET", "/nothing", &[], b"");
    assert!(bare.is_ended());
    assert_eq!(serve.node("127.0.0.7").get("/nothing").status, 404);
    assert_eq!(callers(&log, 4), ["192.0.2.9", "192.0.2.9", "192.0.2.10", "127.0.0.7"]);
}

#[test]
fn an_ipv4_node_is_itself_on_an_ipv6_socket() {
    let home = Home::new();
    let log = home.path().join("access.log");
    let words = ["serve", "--listen", "[::]:0", "--manage", "127.0.0.1:0", "--access-log"];
    let running = Running::start(home.command(words.iter().chain(&[log.to_str().unwrap()])));
    let place = running.says("metadata on [::]:");
    running.says("serving ");
    let port: u16 = place.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut node = Client::from("127.0.0.7", ([127, 0, 0, 1], port).into());
    node.get("/nothing");
    assert_eq!(callers(&log, 1), ["127.0.0.7"]);
}

#[test]
fn lines_can_be_json() {
    let home = Home::new();
    let log = home.path().join("access.log");
    let form = ["--access-log", log.to_str().unwrap(), "--access-log-format", "json"];
    let serve = Serve::start(&home, &form);
    let mut node = serve.node("127.0.0.7");
    let answer = node.get("/not%20hing?x=1");
    let line: serde_json::Value = serde_json::from_str(&lines(&log, 1)[0]).unwrap();
    assert_eq!(line["caller"], "127.0.0.7");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["path"], "/not%20hing?x=1");
    assert_eq!(line["status"], 404);
    assert_eq!(line["bytes"], answer.body.len());
    assert_eq!(line["class"], "metadata");
    assert_eq!(line["request_id"], answer.header("x-metad-requestid").unwrap_or(""));
    assert!(line["duration_us"].is_u64());
}

#[test]
fn everything_is_logged_before_the_end() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--access-log", "-"]);
    let mut node = serve.node("127.0.0.7");
    for _ in 0..100 {
        node.get("/nothing");
    }
    serve.running.signal(rustix::process::Signal::TERM);
    let (code, lines, stderr) = serve.running.end();
    assert_eq!((code, lines.len()), (0, 100), "{stderr:?}");
}
