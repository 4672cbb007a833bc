//! The management listener: who may use it, and how the service is doing.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::support::http::Client;
use crate::support::{Home, Running, Serve, until};

#[test]
fn it_says_how_it_is() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    let serve = Serve::start(&home, &[]);
    let mut manager = serve.manager();
    assert_eq!(manager.get("/livez").text(), "ok\n");
    assert_eq!(manager.get("/readyz").text(), "ok\n");
    let health = manager.get("/health");
    assert_eq!(health.header("content-type"), Some("application/json"));
    let health: serde_json::Value = serde_json::from_slice(&health.body).unwrap();
    assert_eq!(health["status"], "up");
    assert_eq!(health["store"]["status"], "there");
    assert_eq!(health["draining"], false);
    let post = manager.ask("POST", "/livez", &[], b"");
    assert_eq!(post.status, 405);
    assert_eq!(post.header("allow"), Some("GET,HEAD"));
}

/// The one line of the log about a request to that path.
fn logged(log: &Path, path: &str) -> serde_json::Value {
    let mut found = None;
    until("the request is logged", || {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        found = lines.find(|line: &serde_json::Value| line["path"] == path);
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn its_answers_in_pieces_are_logged_with_all_that_was_sent() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    let log = home.path().join("access.log");
    let args = ["--access-log", log.to_str().unwrap(), "--access-log-format", "json"];
    let serve = Serve::start(&home, &args);
    let read = serve.manager().get("/v1/read?tree=/");
    assert_eq!(logged(&log, "/v1/read?tree=/")["bytes"], read.body.len());
    let mut watcher = serve.manager();
    watcher.write(b"GET /v1/watch?tree=/ HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(watcher.head().map(|answer| answer.status), Some(200));
    home.run(["put", "/a", "2"]).ok();
    let mut taken = 0;
    while taken < 20 {
        taken += watcher.chunk().unwrap().len();
    }
    drop(watcher);
    let watch = logged(&log, "/v1/watch?tree=/");
    assert_eq!(watch["status"], 200);
    assert!(watch["bytes"].as_u64() >= Some(taken as u64), "{watch}");
}

#[test]
fn its_figures_count_what_is_asked() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    let serve = Serve::start(&home, &[]);
    let mut node = serve.node("127.0.0.7");
    for _ in 0..3 {
        node.get("/nothing");
    }
    let metrics = serve.manager().get("/metrics").text();
    for line in [
        "metactl_requests_total{class=\"metadata\",status=\"404\"} 3\n",
        "metactl_request_duration_seconds_count{class=\"metadata\"} 3\n",
        "metactl_connections 2\n",
        "metactl_waiters 0\n",
        "metactl_wake_ups_total ",
        "metactl_store_lag_seconds 0",
        "metactl_store_away 0\n",
        "metactl_snapshot_leaves 1\n",
        "metactl_snapshot_bytes ",
        "metactl_revision ",
        "# EOF\n",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}

#[test]
fn a_store_that_is_not_there_is_said() {
    let home = Home::new();
    // Nobody listens there, and the port of a closed listener is not given again at once.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("etcd://{nobody}");
    let args = ["--endpoint", &endpoint, "--request-timeout", "1s"];
    let serve = Serve::listening(&home, &args);
    serve.running.says("the store does not answer");
    let mut manager = serve.manager();
    assert_eq!(manager.get("/livez").status, 200);
    let ready = manager.get("/readyz");
    assert_eq!((ready.status, ready.header("retry-after")), (503, Some("1")));
    let health = manager.get("/health");
    assert_eq!(health.status, 503);
    let health: serde_json::Value = serde_json::from_slice(&health.body).unwrap();
    assert_eq!(health["status"], "starting");
    assert_eq!(health["store"]["status"], "away");
    assert!(health["store"]["away_since"].is_string());
    assert!(health["store"]["why"].is_string());
}

#[test]
fn with_a_token_nobody_else_gets_in() {
    let home = Home::new();
    let file = home.file("token", "geheim\n");
    let serve = Serve::start(&home, &["--manage-token-file", file.to_str().unwrap()]);
    let mut manager = serve.manager();
    for path in ["/health", "/metrics", "/v1/status", "/nothing"] {
        for headers in [&[][..], &[("authorization", "Bearer falsch")]] {
            let refused = manager.ask("GET", path, headers, b"");
            assert_eq!(refused.status, 401, "{path}");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        }
        let taken = manager.ask("GET", path, &[("authorization", "Bearer geheim")], b"");
        assert_ne!(taken.status, 401, "{path}");
    }
    // What watches over the process has no token, and learns nothing.
    assert_eq!(manager.get("/livez").status, 200);
    assert_eq!(manager.get("/readyz").status, 200);
}

#[test]
fn a_token_that_is_none_is_refused() {
    let home = Home::new();
    home.file("token", " \n");
    for file in ["token", "missing"] {
        let ran = home.run([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--manage",
            "0.0.0.0:0",
            "--manage-token-file",
            file,
        ]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(&format!("`{file}`")), "{ran}");
    }
}

#[test]
fn a_unix_socket_is_its_owners_alone() {
    let home = Home::new();
    let path = home.path().join("manage.sock");
    let address = format!("unix:{}", path.display());
    let words = ["serve", "--listen", "127.0.0.1:0", "--manage", &address];
    // The second one finds what the first has left behind when it was killed.
    for _ in 0..2 {
        let running = Running::start(home.command(words));
        running.says("serving ");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(b"GET /livez HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("ok\n"), "{answer}");
        // Two at a time are one too many.
        let second = home.run(words);
        assert_eq!(second.code, 1, "{second}");
    }
}

#[test]
fn another_address_of_this_machine_does_not_reach_it() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    // It is bound to 127.0.0.1 alone: 127.0.0.2 is another address.
    let elsewhere = format!("127.0.0.2:{}", serve.manage.port());
    assert!(std::net::TcpStream::connect(elsewhere).is_err());
    // The metadata address has none of it.
    for path in ["/health", "/metrics", "/v1/status", "/v1/data", "/livez"] {
        assert_eq!(Client::new(serve.metadata).get(path).status, 404, "{path}");
    }
}
