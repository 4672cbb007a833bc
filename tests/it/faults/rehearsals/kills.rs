//! Operations whose process, or whose server, really is killed at any moment.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use metactl::model::operation;
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Store, reading};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::scene::{self, CLUSTER, KINDS, Kind, Tree};
use crate::support::Home;
use crate::support::etcd::Etcd;

/// Time between two phases, for the kill to fall into.
const DELAY: Duration = Duration::from_millis(100);

/// What dies.
#[derive(Debug, Clone, Copy)]
enum Blow {
    /// `kill -9`.
    Kill,
    /// Ctrl-C.
    Interrupt,
    /// The server, which then comes back.
    Server,
}

struct Scene {
    home: Home,
    endpoint: String,
    store: Arc<dyn Store>,
    etcd: Option<Etcd>,
    tree: Tree,
    rng: fastrand::Rng,
    /// How often the operation was in flight when it was left.
    in_flight: usize,
}

impl Scene {
    async fn new(home: Home, store: Arc<dyn Store>, endpoint: String, etcd: Option<Etcd>) -> Scene {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let rng = fastrand::Rng::with_seed(seed);
        Scene { home, endpoint, store, etcd, tree: scene::tree().await, rng, in_flight: 0 }
    }

    async fn rounds(&mut self) {
        let rounds = if scene::long() { 200 } else { 12 };
        for round in 0..rounds {
            let kind = KINDS[round % KINDS.len()];
            let blow = match (round % 3, &self.etcd) {
                (1, _) => Blow::Interrupt,
                (2, Some(_)) => Blow::Server,
                _ => Blow::Kill,
            };
            self.round(kind, blow).await;
        }
        println!("{} of {rounds} were in flight", self.in_flight);
    }

    async fn round(&mut self, kind: Kind, blow: Blow) {
        scene::reset(&*self.store, &self.tree).await;
        // Mostly while it is in flight, sometimes at any moment.
        let begun = self.rng.u8(..4) > 0;
        let phases = u32::try_from(kind.phases()).unwrap() - u32::from(begun);
        let after = (DELAY * phases).mul_f64(self.rng.f64());
        let finish = self.rng.bool();
        let of = if begun { "the first phase" } else { "the start" };
        let case = format!("{kind:?}, {blow:?} {after:?} after {of}, then finish: {finish}");
        println!("{case}");
        self.strike(kind, blow, begun, after).await;
        let standing = self.command(&["scale", "status", "-o", "json"]);
        let standing: Value = serde_json::from_str(&standing).unwrap();
        if standing.is_null() {
            let there = scene::read(&*self.store).await;
            if there != self.tree {
                kind.assert_complete(&self.tree, &there);
            }
            self.command(&["doctor"]);
            return;
        }
        self.in_flight += 1;
        assert_eq!(standing["alive"], false, "{case}: {standing}");
        self.command(&["scale", if finish { "finish" } else { "abort" }]);
        let there = scene::read(&*self.store).await;
        match finish {
            true => kind.assert_complete(&self.tree, &there),
            false => assert_eq!(there, self.tree, "{case}"),
        }
        // It ends with 1 when it finds something.
        self.command(&["doctor"]);
    }

    /// Begins the operation and strikes after a while, counted from its start or
    /// from its first phase; it has ended then.
    async fn strike(&self, kind: Kind, blow: Blow, begun: bool, after: Duration) {
        let delay = format!("{}ms", DELAY.as_millis());
        let mut words = kind.words();
        words.extend(["--delay", &delay]);
        let mut child = self.start(&words).spawn().unwrap();
        let operation = operation::path(CLUSTER).unwrap();
        let in_flight =
            async || reading::get(&*self.store, &operation, At::Latest).await.unwrap().1;
        while begun && in_flight().await.is_none() && child.try_wait().unwrap().is_none() {}
        tokio::time::sleep(after).await;
        match (blow, &self.etcd) {
            (Blow::Server, Some(etcd)) => {
                etcd.member(0).kill();
                etcd.member(0).restart();
            }
            (Blow::Interrupt, _) => {
                let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
                // It may have ended before.
                let _ = kill_process(pid, Signal::INT);
            }
            _ => child.kill().unwrap(),
        }
        child.wait().unwrap();
    }

    fn start(&self, words: &[&str]) -> Command {
        let mut command = self.home.command(words);
        command.args(["--cluster", CLUSTER, "--endpoint", &self.endpoint]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn command(&self, words: &[&str]) -> String {
        let more = ["--cluster", CLUSTER, "--endpoint", &self.endpoint];
        self.home.run([words, &more].concat()).ok().stdout
    }
}

#[tokio::test]
async fn on_sqlite() {
    let home = Home::new();
    let store = Sqlite::new(home.path().join("store.db"), Duration::from_secs(20));
    let mut scene = Scene::new(home, Arc::new(store), "file:store.db".to_owned(), None).await;
    scene.rounds().await;
}

#[tokio::test]
async fn on_etcd() {
    let etcd = Etcd::start();
    let (store, endpoint) = (Arc::new(etcd.store()), etcd.endpoint());
    let mut scene = Scene::new(Home::new(), store, endpoint, Some(etcd)).await;
    scene.rounds().await;
}
