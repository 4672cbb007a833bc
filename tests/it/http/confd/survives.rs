//! What confd has rendered stays through everything that is no change of data.

use std::net::SocketAddr;

use super::fake::{Confd, Template};
use crate::support::Serve;
use crate::support::etcd::Etcd;
use crate::support::{Home, until};

const NODE: &str = "127.0.0.2";
const TREE: &str = "cl-1: {env: {port: 8080}, hosts: {web: {i-1: {ip: 127.0.0.2}}}}\n";

struct Scene {
    etcd: Etcd,
    home: Home,
}

impl Scene {
    fn new() -> Scene {
        let scene = Scene { etcd: Etcd::start(), home: Home::new() };
        scene.home.file("tree.yaml", TREE);
        scene.run(&["import", "tree.yaml"]);
        scene.map();
        scene
    }

    #[track_caller]
    fn run(&self, words: &[&str]) {
        let endpoint = self.etcd.endpoint();
        self.home.run([&["--endpoint", &endpoint], words].concat()).ok();
    }

    fn map(&self) {
        let links = ["env=/cl-1/env", "hosts=/cl-1/hosts", "cluster=/cl-1/cluster"];
        self.run(&[&["mapping", "set", NODE][..], &links].concat());
    }

    /// Gives it a version by changes that its template does not read.
    fn settle(&self, confd: &Confd) {
        confd.settle(|number| self.run(&["put", "/cl-1/cluster/poked", &number.to_string()]));
    }

    fn serve(&self) -> Serve {
        Serve::start(&self.home, &["--endpoint", &self.etcd.endpoint(), "--quiet-window", "0"])
    }

    /// A service that cannot read its store.
    fn serve_without_store(&self) -> Serve {
        Serve::listening(&self.home, &["--endpoint", &self.etcd.endpoint()])
    }

    fn confd(&self, node: SocketAddr, prefix: &'static str) -> Confd {
        let (file, keys) = (self.home.path().join("rendered"), &["/env", "/hosts"]);
        Confd::start(NODE, node, Template { prefix, keys, file })
    }
}

const RENDERED: &str = "/env/port=8080\n/hosts/web/i-1/ip=127.0.0.2\n";

#[track_caller]
fn is_rendered(confd: &Confd, text: &str) {
    until("the file is rendered", || confd.file().as_deref() == Some(text));
}

#[test]
fn an_unmapped_address() {
    let scene = Scene::new();
    let serve = scene.serve();
    let confd = scene.confd(serve.metadata, "/self");
    is_rendered(&confd, RENDERED);
    scene.settle(&confd);
    scene.run(&["mapping", "rm", NODE, "--yes"]);
    until("it is told", || confd.seen().polls.iter().any(|(_, answer)| answer.status == 404));
    let asked = confd.seen().polls.len();
    until("it tries again", || confd.seen().polls.len() > asked + 3);
    assert_eq!(confd.file().as_deref(), Some(RENDERED));
    scene.map();
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    is_rendered(&confd, "/env/port=9090\n/hosts/web/i-1/ip=127.0.0.2\n");
    assert_eq!(confd.seen().reloads, 2);
}

#[test]
fn a_node_that_is_mapped_later() {
    let scene = Scene::new();
    scene.run(&["mapping", "rm", NODE, "--yes"]);
    let serve = scene.serve();
    let confd = scene.confd(serve.metadata, "/self");
    until("it reads", || confd.seen().reads.len() == 2);
    assert!(confd.seen().reads.iter().all(|read| read.text() == "Not found\n"));
    assert_eq!(confd.seen().connects, [404], "any answer is a connection");
    assert_eq!(confd.file(), None);
    until("it waits", || confd.seen().sent == 1);
    scene.map();
    // Should its first poll have come after that, this is what it waits for.
    scene.settle(&confd);
    is_rendered(&confd, RENDERED);
}

#[test]
fn a_dead_store_and_a_cold_start_without_it() {
    let scene = Scene::new();
    let serve = scene.serve();
    let confd = scene.confd(serve.metadata, "/self");
    is_rendered(&confd, RENDERED);
    scene.settle(&confd);
    scene.etcd.member(0).kill();
    // The service goes on with what it has.
    until("its state is known to be old", || {
        serve.node(NODE).get("/self/env").header("warning").is_some()
    });
    assert_eq!(serve.node(NODE).get("/self/env").status, 200);
    // Another one, started now, has nothing.
    let cold = scene.serve_without_store();
    confd.moves_to(cold.metadata);
    drop(serve);
    let refused = |seen: &Confd| {
        let seen = seen.seen();
        let reads = seen.reads.iter().filter(|read| read.status == 503).count();
        let polls = seen.polls.iter().filter(|(_, poll)| poll.status == 503).count();
        reads > 0 && polls > 2
    };
    until("it is refused", || refused(&confd));
    assert_eq!(confd.file().as_deref(), Some(RENDERED));
    scene.etcd.member(0).restart();
    until("it is ready", || cold.node(NODE).get("/self").status == 200);
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    scene.settle(&confd);
    is_rendered(&confd, "/env/port=9090\n/hosts/web/i-1/ip=127.0.0.2\n");
    assert_eq!(confd.seen().reloads, 2);
}
