//! A service over a small tree, and the nodes that ask it.

use crate::support::Home;
use crate::support::Serve;
use crate::support::etcd::Etcd;
use crate::support::http::{Answer, Client};

/// A node of the cluster, one that has no mapping, and one that has rules.
pub const NODE: &str = "127.0.0.2";
pub const STRANGER: &str = "127.0.0.3";
pub const WARDEN: &str = "127.0.0.4";

const TREE: &str = r#"
cl-1:
  cluster: {cluster_id: cl-1, zone: ""}
  env: {port: 8080, motd: "hello\tthere\nback\\slash\n", flag: "true", a-b: x}
  hosts:
    web:
      i-1: {ip: 127.0.0.2, sid: 1}
      i-2: {ip: 127.0.0.9, sid: 2}
  links: {zk: cl-2}
cl-2:
  env: {tick: 2000}
"#;

const LINKS: [&str; 5] = [
    "host=/cl-1/hosts/web/i-1",
    "hosts=/cl-1/hosts",
    "env=/cl-1/env",
    "adding-hosts=/cl-1/adding-hosts",
    "links/zk=/cl-2",
];

/// A service, and the home whose commands write to its store.
pub struct Scene {
    pub home: Home,
    pub serve: Serve,
    store: Vec<String>,
}

impl Scene {
    /// On the embedded store.
    #[track_caller]
    pub fn new(args: &[&str]) -> Scene {
        Scene::over(Vec::new(), args)
    }

    /// On an etcd.
    #[track_caller]
    pub fn on_etcd(etcd: &Etcd, args: &[&str]) -> Scene {
        Scene::over(vec!["--endpoint".to_owned(), etcd.endpoint()], args)
    }

    #[track_caller]
    fn over(store: Vec<String>, args: &[&str]) -> Scene {
        let home = Home::new();
        let words = |more: &[&str]| {
            let own = store.iter().map(String::as_str);
            own.chain(more.iter().copied()).map(str::to_owned).collect::<Vec<_>>()
        };
        home.file("tree.yaml", TREE);
        home.run(words(&["import", "tree.yaml"])).ok();
        home.run(words(&[&["mapping", "set", NODE][..], &LINKS].concat())).ok();
        let flags = words(args);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let serve = Serve::start(&home, &flags);
        Scene { home, serve, store }
    }

    /// Runs a command on the store of the service.
    #[track_caller]
    pub fn run(&self, words: &[&str]) {
        let own = self.store.iter().map(String::as_str);
        self.home.run(own.chain(words.iter().copied())).ok();
    }

    /// A new connection of the cluster's node.
    #[track_caller]
    pub fn node(&self) -> Client {
        self.serve.node(NODE)
    }

    /// What one `GET` of the cluster's node tells.
    #[track_caller]
    pub fn told(&self, path: &str) -> String {
        told(&self.node().get(path))
    }

    /// Waits until the service shows `text` at `path` to the cluster's node.
    #[track_caller]
    pub fn until_shown(&self, path: &str, text: &str) {
        crate::support::until(&format!("{path} shows {text}"), || {
            self.node().get(path).text() == text
        });
    }
}

/// Status, type and body of an answer.
pub fn told(answer: &Answer) -> String {
    let kind = answer.header("content-type").unwrap_or("no type");
    format!("{} {kind}\n{}", answer.status, answer.text())
}

/// The version that an answer bears.
#[track_caller]
pub fn version(answer: &Answer) -> u64 {
    answer.header("x-metad-version").expect("a version").parse().unwrap()
}

/// What a `GET` with that `Accept` is answered with.
#[track_caller]
pub fn accepting(client: &mut Client, path: &str, accept: &str) -> Answer {
    client.ask("GET", path, &[("Accept", accept)], b"")
}
