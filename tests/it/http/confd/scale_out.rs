//! A cluster grows by `metactl scale out` while confd runs on a node that is
//! there and on one that is to come.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fake::{Confd, Template};
use crate::support::Serve;
use crate::support::etcd::Lent;
use crate::support::http::Answer;
use crate::support::{Home, until};

const OLD: &str = "127.0.0.1";
/// The lowest address that nothing has: two are reserved for services.
const NEW: &str = "127.0.0.8";

/// The store's history is what answers are held against.
struct History<'a> {
    home: &'a Home,
    store: &'a [&'a str],
    known: BTreeMap<(String, String, u64), String>,
}

impl History<'_> {
    /// The JSON of `path` as the node at `ip` saw it at that revision.
    fn at(&mut self, ip: &str, path: &str, revision: u64) -> String {
        let key = (ip.to_owned(), path.to_owned(), revision);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let words = ["get", path, "--as", ip, "-o", "json", "--rev", &revision.to_string()];
        let ran = self.home.run([self.store, &words].concat());
        let value: Value = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
        let text = serde_json::to_string(&value).unwrap();
        self.known.insert(key, text.clone());
        text
    }

    /// Asserts that the answer is the state of exactly one revision, its own.
    #[track_caller]
    fn holds(&mut self, ip: &str, path: &str, answer: &Answer) {
        let revision = version(answer);
        let wanted = self.at(ip, path, revision);
        match answer.status {
            200 => assert_eq!(answer.text(), wanted, "{path} of {ip} at {revision}"),
            status => assert_eq!((status, wanted.as_str()), (404, "null"), "{path} at {revision}"),
        }
    }
}

#[track_caller]
fn version(answer: &Answer) -> u64 {
    answer.header("x-metad-version").expect("a version").parse().unwrap()
}

fn rendered(
    home: &Home,
    serve: &Serve,
    ip: &str,
    name: &str,
    key: &'static [&'static str],
) -> Confd {
    let file = home.path().join(format!("{ip}-{name}"));
    Confd::start(ip, serve.metadata, Template { prefix: "/self", keys: key, file })
}

#[track_caller]
fn grows(store: &[&str]) {
    let home = Home::new();
    let run = |words: &[&str]| home.run([store, words].concat()).ok();
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/queue");
    let made = ["--id", "cl-1", "--cidr", "127.0.0.0/24", "--seed", "1", "--quiet"];
    let small = ["--set", "cluster.gateway.count=1"];
    run(&[&["cluster", "create", "--app", app], &made[..], &small].concat());
    let serve = Serve::start(&home, &[store, &["--quiet-window", "0"]].concat());
    let confds = [
        rendered(&home, &serve, OLD, "hosts", &["/hosts"]),
        rendered(&home, &serve, OLD, "all", &["/"]),
        rendered(&home, &serve, NEW, "hosts", &["/hosts"]),
    ];
    for confd in &confds[..2] {
        confd.settle(|number| {
            run(&["put", "/cl-1/cluster/poked", &number.to_string()]);
        });
    }
    until("the new node's one waits", || confds[2].seen().sent > 0);
    assert_eq!(confds[2].file(), None, "the new node is not there yet");
    assert!(!serve.node(OLD).get("/self").text().contains(NEW));

    run(&["scale", "out", "gateway", "--count", "1", "--cluster", "cl-1", "--quiet"]);

    let status: Value = serde_json::from_str(&run(&["status", "-o", "json"]).stdout).unwrap();
    let end = status["revision"].as_u64().unwrap();
    until("the service is there", || version(&serve.node(OLD).get("/self")) == end);
    let mut history = History { home: &home, store, known: BTreeMap::new() };
    until("files follow", || {
        confds.iter().all(|confd| confd.file().is_some_and(|file| file.contains(NEW)))
    });
    for (confd, ip) in confds.iter().zip([OLD, OLD, NEW]) {
        let now = serve.node(ip).ask("GET", "/self", &[("Accept", "application/json")], b"");
        until("the end is told to all", || {
            confd.seen().polls.last().is_some_and(|(_, poll)| poll.body == now.body)
        });
    }
    for (confd, ip) in confds.iter().zip([OLD, OLD, NEW]) {
        let seen = confd.seen();
        // The polls of a node that comes are refused until it is mapped.
        for (_, poll) in &seen.polls {
            history.holds(ip, "/self", poll);
        }
        for pair in seen.polls.windows(2) {
            assert_ne!(pair[0].1.body, pair[1].1.body, "one change, one wake");
        }
    }
    for (confd, path) in confds.iter().zip(["/self/hosts", "/self"]) {
        for read in &confd.seen().reads {
            history.holds(OLD, path, read);
        }
    }
    for read in &confds[2].seen().reads {
        history.holds(NEW, "/self/hosts", read);
    }
    // Each file was written for a difference alone.
    assert_eq!(confds[0].seen().reloads, 2, "before and after");
    assert_eq!(confds[2].seen().reloads, 1);
}

#[test]
fn on_the_embedded_store() {
    grows(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_etcd() {
    let etcd = Lent::take().await;
    grows(&["--endpoint", &etcd.endpoint()]);
}
