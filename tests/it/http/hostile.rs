//! Clients that are broken, slow or malicious.

use std::time::Duration;

use crate::support::http::Client;
use crate::support::{Home, Serve};

#[test]
fn heads_without_end_are_refused() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    for to in [serve.metadata, serve.manage] {
        let mut client = Client::new(to);
        client.write(b"GET / HTTP/1.1\r\n");
        let line = format!("x-filler: {}\r\n", "a".repeat(1000));
        // It may be cut off while it still sends.
        let sent = (0..1000).try_for_each(|_| client.try_write(line.as_bytes()));
        match client.head() {
            Some(answer) => assert_eq!(answer.status, 431),
            None => assert!(sent.is_err() || client.is_ended()),
        }
        assert_eq!(Client::new(to).get("/nothing").status, 404);
    }
}

#[test]
fn what_is_no_request_is_answered_with_400() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let mut client = serve.node("127.0.0.7");
    client.write(b"\x16\x03\x01 hello\r\n\r\n");
    assert_eq!(client.answer().status, 400);
    assert!(client.is_ended());
}

#[test]
fn a_request_that_is_not_whole_is_waited_for() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let mut slow = serve.node("127.0.0.7");
    slow.write(b"GET /nothing HTTP/1.1\r\nhost: ");
    assert!(slow.is_silent_for(Duration::from_millis(50)));
    // Others do not wait for it.
    assert_eq!(serve.node("127.0.0.7").get("/nothing").status, 404);
    slow.write(b"a\r\n\r\n");
    assert_eq!(slow.answer().status, 404);
}

#[test]
fn a_head_alone_is_answered_without_a_body() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let mut client = serve.node("127.0.0.7");
    for _ in 0..2 {
        let whole = client.get("/nothing");
        let head = client.ask("HEAD", "/nothing", &[], b"");
        assert_eq!(head.status, whole.status);
        assert_eq!(head.header("content-length"), whole.header("content-length"));
        assert_eq!(whole.text(), "Not found\n");
    }
    assert_eq!(serve.manager().get("/nothing").status, 404);
}
