//! Paths and request lines that try to get where a node has no business.

use crate::support::http::{Answer, Client};
use crate::support::{Home, Serve, until};

/// A node that may read everything.
const NODE: &str = "127.0.0.7";

/// A service over a store with records of its own, and a node whose rule is `/`.
fn scene() -> (Home, Serve) {
    let home = Home::new();
    home.run(["cluster", "create", "--id", "cl-1", "--role", "web=1"]).ok();
    home.run(["mapping", "set", NODE, "env=/cl-1/env"]).ok();
    home.run(["rule", "set", NODE, "/=read"]).ok();
    let serve = Serve::start(&home, &[]);
    (home, serve)
}

/// The answer at the end of the redirects.
fn followed(node: &mut Client, path: &str) -> Answer {
    let mut answer = node.get(path);
    for _ in 0..4 {
        if answer.status != 301 {
            return answer;
        }
        let to = answer.header("location").unwrap().to_owned();
        assert!(to.starts_with('/') && !to.starts_with("//"), "{path} leads to {to}");
        answer = node.get(&to);
    }
    panic!("{path} leads in a circle");
}

#[test]
fn no_spelling_of_a_path_shows_what_is_not_the_nodes() {
    let (_home, serve) = scene();
    let mut node = serve.node(NODE);
    assert!(node.get("/cl-1").text().contains("/cluster/"));
    for own in ["_metactl", "_metad"] {
        for spelling in [
            "/{}",
            "/{}/",
            "/{}/mapping",
            "/{}/clusters/cl-1",
            "/{}/log",
            "//{}",
            "/./{}",
            "/%2f{}",
            "/%5f{}",
            "/{}%2f",
            "/{}%00",
            "/{};a=b",
            "/self/../{}",
            "/self/%2e%2e/{}",
            "/self/%2E%2E/{}",
            "/self/..%2f{}",
            "/self%2f..%2f{}",
            "/self/.%2e/{}",
            "/self/%252e%252e/{}",
            "/self/..%252f{}",
            "/self/env/../../{}",
            "/self/env/../../../../{}",
            "/cl-1/../{}",
            "/..;/{}",
            "/%5c..%5c{}",
            "/%c0%ae%c0%ae/{}",
        ] {
            let path = spelling.replace("{}", own).replace("%5f_", "%5f");
            let answer = followed(&mut node, &path);
            assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
            assert!(!answer.text().contains("cl-1"), "{path}: {answer:?}");
        }
    }
    for path in ["/", "/?wait=false", "/self", "/self/.."] {
        let answer = followed(&mut node, path).text();
        assert!(!answer.contains("_met"), "{path}: {answer}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let (_home, serve) = scene();
    for path in [&b"/%ff%fe"[..], b"/self/%80", b"/\xff\xfe", b"/self/\x80", b"/a\x01b", b"/a\\b"] {
        let mut node = serve.node(NODE);
        node.write(&[b"GET ", path, b" HTTP/1.1\r\nhost: a\r\n\r\n"].concat());
        let answer = node.answer();
        assert!([400, 404].contains(&answer.status), "{}: {answer:?}", path.escape_ascii());
    }
}

#[test]
fn request_lines_of_other_kinds_show_no_more() {
    let (_home, serve) = scene();
    for (line, statuses) in [
        ("GET http://metadata/_metactl HTTP/1.1", &[400, 404][..]),
        ("GET http://metadata/_metad/mapping HTTP/1.1", &[400, 404]),
        ("CONNECT metadata:80 HTTP/1.1", &[400, 404, 405]),
        ("OPTIONS * HTTP/1.1", &[400, 404, 405]),
        ("GET * HTTP/1.1", &[400, 404]),
        ("DELETE /cl-1 HTTP/1.1", &[405]),
        ("PUT /cl-1/env/port HTTP/1.1", &[405]),
        ("GET  /cl-1 HTTP/1.1", &[400]),
        ("GET /cl-1 HTTP/9.9", &[400]),
        ("GET /cl-1", &[400]),
    ] {
        let mut node = serve.node(NODE);
        node.write(format!("{line}\r\nhost: a\r\nconnection: close\r\n\r\n").as_bytes());
        let answer = node.head().unwrap();
        assert!(statuses.contains(&answer.status), "{line}: {answer:?}");
    }
    // Two lengths of one body are the way to smuggle a request past a proxy.
    let mut node = serve.node(NODE);
    node.write(
        b"POST /cl-1 HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\
          transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
    );
    let first = node.head().unwrap();
    assert!([400, 405].contains(&first.status), "{first:?}");
    assert!(node.is_ended());
}

#[test]
fn an_abandoned_poll_leaves_nothing_behind() {
    let (_home, serve) = scene();
    let mut manager = serve.manager();
    let mut waiters = |count: usize| {
        let line = format!("metactl_waiters {count}\n");
        until("as many wait", || manager.get("/metrics").text().contains(&line));
    };
    let polls: Vec<_> = (0..20)
        .map(|_| {
            let mut node = serve.node(NODE);
            node.send("GET", "/cl-1/env?wait=true", &[], b"");
            node
        })
        .collect();
    waiters(20);
    drop(polls);
    waiters(0);
    let gone = "metactl_requests_total{class=\"poll\",status=\"499\"} 20\n";
    assert!(serve.manager().get("/metrics").text().contains(gone));
}
