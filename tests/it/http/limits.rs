//! What one client may have, and how long it may take.

use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Home, Serve, until};

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--client-rate", "1"]);
    let mut node = serve.node("127.0.0.7");
    assert_eq!(node.get("/nothing").status, 404);
    let refused = node.get("/nothing");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Another node is not concerned.
    assert_eq!(serve.node("127.0.0.8").get("/nothing").status, 404);
    until("it may ask again", || node.get("/nothing").status == 404);
}

#[test]
fn open_requests_are_counted_for_each_client() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--client-polls", "1"]);
    let mut other = serve.node("127.0.0.7");
    let mut open = None;
    // Whichever of the two comes first is the one that is open.
    until("the open one is counted", || {
        let mut node = serve.node("127.0.0.7");
        node.write(b"PUT /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1");
        open = Some(node);
        other.get("/nothing").status == 429
    });
    assert_eq!(serve.node("127.0.0.8").get("/nothing").status, 404);
    // One that has gone is counted no longer.
    drop(open);
    until("the open one has gone", || other.get("/nothing").status == 404);
}

#[test]
fn connections_are_counted_for_each_client() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--client-connections", "2"]);
    let mut one = serve.node("127.0.0.7");
    let mut two = serve.node("127.0.0.7");
    assert_eq!(one.get("/nothing").status, 404);
    assert_eq!(two.get("/nothing").status, 404);
    let mut three = serve.node("127.0.0.7");
    assert_eq!(three.head().map(|answer| answer.status), Some(429));
    assert!(three.is_ended());
    assert_eq!(serve.node("127.0.0.8").get("/nothing").status, 404);
    drop(one);
    until("there is room again", || {
        let mut next = serve.node("127.0.0.7");
        let _ = next.try_write(b"GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n");
        next.head().is_some_and(|answer| answer.status == 404)
    });
}

#[test]
fn slow_clients_are_given_up() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--client-timeout", "500ms"]);
    let mut silent = serve.node("127.0.0.7");
    let mut head = serve.node("127.0.0.7");
    head.write(b"GET /nothing HTTP/1.1\r\nhost: ");
    let mut body = serve.node("127.0.0.7");
    body.write(b"PUT /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n1");
    // Byte by byte does not help.
    let mut drip = serve.node("127.0.0.7");
    drip.write(b"GET /nothing HTTP/1.1\r\nx-drip: ");
    until("the one that drips is cut off", || drip.try_write(b"a").is_err());
    assert_eq!(body.answer().status, 408);
    for client in [&mut silent, &mut head, &mut body] {
        assert!(client.is_ended());
    }
    assert_eq!(serve.node("127.0.0.7").get("/nothing").status, 404);
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let home = Home::new();
    let value = home.file("value", "v".repeat(1 << 20));
    home.run(["put", "/large", &format!("@{}", value.display())]).ok();
    home.run(["mapping", "set", "127.0.0.7", "large=/large"]).ok();
    let serve = Serve::start(&home, &["--client-timeout", "500ms"]);
    let mut greedy = serve.node("127.0.0.7");
    // More than the system keeps for a connection.
    greedy.write(&b"GET /self/large HTTP/1.1\r\nhost: a\r\n\r\n".repeat(64));
    assert_eq!(greedy.head().map(|answer| answer.status), Some(200));
    let mut manager = serve.manager();
    until("its connection is closed", || {
        manager.get("/metrics").text().contains("metactl_connections 1\n")
    });
    assert_eq!(serve.node("127.0.0.8").get("/nothing").status, 404);
}

#[test]
fn large_bodies_are_not_kept() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let mut client = serve.node("127.0.0.7");
    client.write(b"PUT /nothing HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = [&b"10000\r\n"[..], &[b'a'; 0x10000], b"\r\n"].concat();
    let sent = (0..64).try_for_each(|_| client.try_write(&chunk));
    match client.head() {
        Some(answer) => assert_eq!(answer.status, 413),
        None => assert!(sent.is_err()),
    }
}

#[test]
fn a_client_that_vanishes_is_forgotten() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let open: Vec<_> = (0..50).map(|_| TcpStream::connect(serve.metadata).unwrap()).collect();
    let mut manager = serve.manager();
    let mut connections = |count: usize| {
        until("the connections are counted", || {
            let line = format!("metactl_connections {count}\n");
            manager.get("/metrics").text().contains(&line)
        });
    };
    connections(51);
    drop(open);
    connections(1);
    let mut node = serve.node("127.0.0.7");
    assert!(node.is_silent_for(Duration::from_millis(20)));
}
