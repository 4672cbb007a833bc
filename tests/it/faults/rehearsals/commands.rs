//! Operations that die while nodes run the app's commands.

use rustix::process::Signal;
use serde_json::Value;

use crate::cli::scene;
use crate::support::{Home, Running, until};

const CONFIG: &str = r#"{"type": "array", "properties": []}"#;

/// `init` takes until there is a file `go`; it writes a line when it begins.
const TEMPLATE: &str = r#"{"nodes": {"count": 1, "cpu": 1, "memory": 512, "services": {
  "init": {"cmd": "echo $METACTL_CMD_NODE >>begun; while [ ! -e go ]; do sleep 0.02; done"},
  "start": {"cmd": "true"}}}, "advanced_actions": ["scale_horizontal"]}"#;

#[test]
fn commands_outlive_whoever_sent_them() {
    for home in places() {
        for signal in [Signal::KILL, Signal::INT] {
            let began = dies_in_init(&home, signal);
            std::fs::write(home.path().join("go"), "").unwrap();
            let ran = home.run(["scale", "finish", "-o", "json"]).ok();
            let ended: Value = serde_json::from_str(&ran.stdout).unwrap();
            let phases: Vec<_> = ended["phases"].as_array().unwrap().iter().collect();
            assert_eq!(phases.len(), 3, "init, start and complete were left: {ran}");
            // Nothing ran twice: the same nodes, one line each.
            assert_eq!(begun(&home), began);
            settled(&home);
            home.run(["scale", "in", "--count", "2", "--yes"]).ok();
        }
    }
}

#[test]
fn an_abort_ends_what_nodes_run() {
    for home in places() {
        let before = home.run(["export"]).ok().stdout;
        dies_in_init(&home, Signal::KILL);
        home.run(["scale", "abort"]).ok();
        assert_eq!(home.run(["export"]).ok().stdout, before);
        // The agents end it, though nothing lets it end by itself.
        until("every node has ended", || {
            let listed = home.run(["cmd", "list", "-o", "json"]).ok().stdout;
            let listed: Value = serde_json::from_str(&listed).unwrap();
            let last = listed.as_array().unwrap().last().unwrap();
            last["states"]["running"].as_u64().unwrap_or(0) == 0
        });
        settled(&home);
    }
}

#[test]
fn a_command_that_fails_undoes_the_operation() {
    let home = Home::new();
    let failing = TEMPLATE.replace(r#""cmd": "true""#, r#""cmd": "echo no room; exit 3""#);
    home.file("app/config.json", CONFIG);
    home.file("app/cluster.json.mustache", failing);
    home.file("go", "");
    home.run(["cluster", "create", "--app", "app", "--id", "cl-one", "-q"]).ok();
    let _agents = agents(&home);
    let before = home.run(["export"]).ok().stdout;
    let ran = home.run(["scale", "out", "--count", "1", "--run-commands"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("`start` has failed on i-"), "{ran}");
    assert!(ran.stderr.contains("(exit 3)"), "{ran}");
    assert_eq!(home.run(["export"]).ok().stdout, before);
    let id = ran.stderr.split("metactl cmd show ").nth(1).unwrap().split('`').next().unwrap();
    assert!(home.run(["cmd", "show", id]).ok().stdout.contains("no room"));
    settled(&home);
}

/// A home with a cluster of one node and agents for all nodes, on each store.
fn places() -> [Place; 2] {
    let (on_etcd, etcd) = scene::home_on_etcd();
    [(Home::new(), None), (on_etcd, Some(etcd))].map(|(home, etcd)| {
        home.file("app/config.json", CONFIG);
        home.file("app/cluster.json.mustache", TEMPLATE);
        home.run(["cluster", "create", "--app", "app", "--id", "cl-one", "-q"]).ok();
        let agents = agents(&home);
        Place { home, _agents: agents, _etcd: etcd }
    })
}

struct Place {
    home: Home,
    _agents: Running,
    _etcd: Option<crate::support::etcd::Etcd>,
}

impl std::ops::Deref for Place {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

fn agents(home: &Home) -> Running {
    let agents = Running::start(home.command(["agent", "--all", "--cluster", "cl-one"]));
    agents.says("agent of");
    agents
}

/// Begins to add two nodes and dies while both run `init`; who ran it.
fn dies_in_init(home: &Home, signal: Signal) -> Vec<String> {
    for name in ["go", "begun"] {
        let _ = std::fs::remove_file(home.path().join(name));
    }
    let words = ["scale", "out", "--count", "2", "--run-commands"];
    let running = Running::start(home.command(words));
    until("both nodes run it", || begun(home).len() == 2);
    running.signal(signal);
    let (code, _, said) = running.end();
    assert!(matches!(code, -9 | 130), "{code}: {said:?}");
    let standing = home.run(["scale", "status", "-o", "json"]).ok();
    let standing: Value = serde_json::from_str(&standing.stdout).unwrap();
    let next = standing["phases"].as_array().unwrap().iter().find(|phase| phase["done"] == false);
    assert_eq!(next.unwrap()["phase"], "init", "{standing}");
    begun(home)
}

fn begun(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path().join("begun")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Nothing is in flight, and nothing is wrong.
fn settled(home: &Home) {
    assert_eq!(home.run(["scale", "status", "-o", "json"]).ok().stdout, "null\n");
    let ran = home.run(["doctor"]);
    assert_eq!(ran.code, 0, "{ran}");
}
