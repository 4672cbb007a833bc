//! A whole life on a laptop: the example's cluster with agents that run its
//! commands, compared with the order of events that the platform promises.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::cluster::packages::example;
use crate::cli::scene;
use crate::support::{Home, Running};

const CLUSTER: &str = "cl-queue";

#[test]
fn a_cluster_lives_as_on_the_platform() {
    life(&Home::new());
}

#[test]
fn a_cluster_lives_as_on_the_platform_on_etcd() {
    let (home, _etcd) = scene::home_on_etcd();
    life(&home);
}

fn life(home: &Home) {
    let _agents = agents(home);
    create(home);
    scale_out(home);
    scale_in(home);
    scale_up(home);
    parameters(home);
    custom_service(home);
    upgrade(home);
    stop_and_start(home);
    let ran = home.run(["doctor"]);
    assert_eq!(ran.code, 0, "{ran}");
    delete(home);
}

/// Agents for every node there will be, with the example's commands at hand.
fn agents(home: &Home) -> Running {
    let mut command = home.command(["agent", "--all", "--cluster", CLUSTER]);
    let metactl = std::path::Path::new(env!("CARGO_BIN_EXE_metactl")).parent().unwrap();
    let queue = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/queue/bin");
    command.env("PATH", format!("{}:{}:/usr/bin:/bin", metactl.display(), queue.display()));
    command.env("QUEUE_DATA", home.path().join("data"));
    Running::start(command)
}

fn create(home: &Home) {
    home.run(["cluster", "create", "--app", &example("coordinator"), "--id", "cl-coord"]).ok();
    let link = "coordinator_service=cl-coord";
    let app = example("queue");
    let words = ["cluster", "create", "--app", &app, "--id", CLUSTER, "--link", link];
    home.run([&words[..], &["--run-commands"]].concat()).ok();
    let hosts = hosts(home, "latest");
    for (instance, host) in &hosts {
        let shard = instance.starts_with("shard");
        let expected: &[&str] = if shard { &["init", "start"] } else { &["start"] };
        assert_eq!(did(home, host), expected, "{instance}");
        let token = host.get("token").map(|token| token.as_str().unwrap().to_owned());
        let wanted = format!("token-of-{}", text(host, "node_id"));
        assert_eq!(token, shard.then_some(wanted), "{instance}");
        let ip = text(host, "ip");
        let linked = "/self/links/coordinator_service/cluster/cluster_id";
        assert_eq!(home.run(["get", linked, "--as", &ip]).ok().stdout, "cl-coord\n");
    }
}

fn scale_out(home: &Home) {
    let before = hosts(home, "latest");
    let words = ["scale", "out", "shard", "--count", "2", "--run-commands"];
    let phases = operate(home, &words);
    let order =
        ["pre-check", "register", "init", "custom-metadata", "start", "scale-out", "complete"];
    assert_eq!(names(&phases), order);
    for (phase, revision) in &phases {
        let now = hosts(home, revision);
        let adding = records(home, "adding-hosts", revision);
        if phase == "pre-check" {
            assert_eq!((&now, adding.len()), (&before, 0));
            continue;
        }
        assert_eq!(now.len(), before.len() + 4, "{phase}");
        let new: BTreeMap<_, _> =
            now.iter().filter(|(name, _)| !before.contains_key(*name)).collect();
        if phase == "complete" {
            assert!(adding.is_empty());
        } else {
            assert!(adding.iter().eq(new.iter().map(|(name, host)| (*name, *host))), "{phase}");
        }
        for host in new.values() {
            assert!(mapped(home, host, revision), "{phase}");
            let has_token = host.contains_key("token");
            let given = !matches!(phase.as_str(), "register" | "init");
            assert_eq!(has_token, given, "{phase}");
        }
    }
    let now = hosts(home, "latest");
    for (_, host) in now.iter().filter(|(name, _)| !before.contains_key(*name)) {
        assert_eq!(did(home, host), ["init", "start"]);
    }
    // One of those that were there before runs the check and the service.
    let first = before.values().find(|host| text(host, "sid") == "1").unwrap();
    assert_eq!(did(home, first), ["init", "start", "is-balanced", "rebalance"]);
}

fn scale_in(home: &Home) {
    let before = hosts(home, "latest");
    let words = ["scale", "in", "--role", "gateway", "--count", "1", "--run-commands", "--yes"];
    let phases = operate(home, &words);
    assert_eq!(names(&phases), ["pre-check", "register", "scale-in", "stop", "remove"]);
    let last = &phases.last().unwrap().1;
    let after = hosts(home, last);
    let gone: BTreeMap<_, _> =
        before.iter().filter(|(name, _)| !after.contains_key(*name)).collect();
    assert_eq!(gone.len(), 1);
    for (phase, revision) in &phases {
        let deleting = records(home, "deleting-hosts", revision);
        let leaving = matches!(phase.as_str(), "register" | "scale-in" | "stop");
        if leaving {
            assert!(deleting.iter().eq(gone.iter().map(|(name, host)| (*name, *host))), "{phase}");
        } else {
            assert!(deleting.is_empty(), "{phase}");
        }
        for host in gone.values() {
            assert_eq!(mapped(home, host, revision), phase != "remove", "{phase}");
        }
        let there = if phase == "remove" { &after } else { &before };
        assert_eq!(&hosts(home, revision), there, "{phase}");
    }
    let host = gone.values().next().unwrap();
    assert_eq!(did(home, host), ["start", "stop"]);
    let shown = home.run(["instance", "show", &text(host, "node_id"), "-o", "json"]).ok();
    assert!(shown.stdout.contains("removed"), "{shown}");
}

fn scale_up(home: &Home) {
    let phases = operate(home, &["scale", "up", "shard", "--cpu", "4", "--run-commands"]);
    let nodes = hosts(home, "latest").keys().filter(|name| name.starts_with("shard")).count();
    assert_eq!(phases.len(), 2 + 3 * nodes);
    let mut resized = 0;
    for (phase, revision) in &phases {
        resized += usize::from(phase.starts_with("resize"));
        let marked = home.run(["get", "/cl-queue/vertical-scaling-roles", "--rev", revision]);
        let during = if phase == "complete" { "" } else { "shard,shard-replica\n" };
        assert_eq!(marked.stdout, during, "{phase}");
        let hosts = hosts(home, revision);
        let larger = hosts.values().filter(|host| text(host, "cpu") == "4").count();
        assert_eq!(larger, resized, "{phase}");
    }
    assert_eq!(resized, nodes);
}

fn parameters(home: &Home) {
    home.run(["env", "set", "retention.hours=96", "--cluster", CLUSTER]).ok();
    home.run(["env", "set", "--role", "gateway", "port=8500", "--cluster", CLUSTER]).ok();
    for host in hosts(home, "latest").values() {
        let ip = text(host, "ip");
        let get = |key: &str| home.run(["get", key, "--as", &ip]).ok().stdout;
        assert_eq!(get("/self/env/retention.hours"), "96\n");
        let port = if text(host, "role") == "gateway" { "8500\n" } else { "7400\n" };
        assert_eq!(get("/self/env/port"), port);
    }
}

fn custom_service(home: &Home) {
    let words = ["cmd", "service", "compact", "--param", "topic=orders", "--wait"];
    let ran = home.run([&words[..], &["--cluster", CLUSTER, "-o", "json"]].concat()).ok();
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    let nodes = shown["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1, "{ran}");
    assert_eq!(nodes[0]["command"], r#"queue compact '{"topic":"orders"}'"#);
    assert!(nodes[0]["output"].as_str().unwrap().ends_with("compact: {\"topic\":\"orders\"}\n"));
    let ran = home.run(["cmd", "service", "nothing", "--wait", "--cluster", CLUSTER]);
    assert_ne!(ran.code, 0, "{ran}");
}

fn upgrade(home: &Home) {
    let read =
        |name: &str| std::fs::read_to_string(format!("{}/{name}", example("queue"))).unwrap();
    let template = read("cluster.json.mustache").replace("3.0.1", "3.1.0");
    home.file("newer/cluster.json.mustache", template);
    home.file("newer/config.json", read("config.json"));
    let phases =
        operate(home, &["cluster", "upgrade", CLUSTER, "--app", "newer", "--run-commands"]);
    assert_eq!(names(&phases), ["register", "upgrade", "complete"]);
    for (phase, revision) in &phases {
        let audit = ["get", "/cl-queue/cluster/upgrade-audit", "--rev", revision];
        let during = "/from_app_version\t3.0.1\n/to_app_version\t3.1.0\n";
        let expected = if phase == "complete" { "" } else { during };
        assert_eq!(home.run(audit).stdout, expected, "{phase}");
    }
    for (name, host) in hosts(home, "latest") {
        let upgraded = did(home, &host).iter().any(|word| word == "upgrade");
        assert_eq!(upgraded, name.starts_with("shard"), "{name}");
    }
    let shown = home.run(["cluster", "show", CLUSTER, "-o", "json"]).ok();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["version"], "3.1.0");
}

/// New instance ids, and everything else as it was.
fn stop_and_start(home: &Home) {
    let by_node = |hosts: Records| -> BTreeMap<String, Map<String, Value>> {
        hosts.into_values().map(|host| (text(&host, "node_id"), host)).collect()
    };
    let before = by_node(hosts(home, "latest"));
    let phases = operate(home, &["cluster", "stop", CLUSTER, "--run-commands"]);
    assert_eq!(names(&phases), ["register", "stop", "complete"]);
    let phases = operate(home, &["cluster", "start", CLUSTER, "--run-commands"]);
    assert_eq!(names(&phases), ["register", "start", "complete"]);
    let after = by_node(hosts(home, "latest"));
    assert!(before.keys().eq(after.keys()));
    for (node, host) in &after {
        assert!(mapped(home, host, &phases[0].1), "{node}");
        assert_ne!(before[node]["instance_id"], host["instance_id"]);
        let mut same = host.clone();
        same.insert("instance_id".to_owned(), before[node]["instance_id"].clone());
        assert_eq!(same, before[node]);
        assert!(did(home, host).ends_with(&["stop".to_owned(), "start".to_owned()]), "{node}");
    }
}

fn delete(home: &Home) {
    let hosts = hosts(home, "latest");
    let words = ["cluster", "delete", CLUSTER, "--run-commands", "--yes"];
    home.run(words).ok();
    assert_eq!(home.run(["get", "/cl-queue"]).code, 3);
    for (name, host) in &hosts {
        let last: &[&str] = if name.starts_with("shard") { &["leave", "stop"] } else { &["stop"] };
        let did = did(home, host);
        assert!(did.ends_with(&last.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()));
    }
}

/// Runs an operation on the cluster; its phases with their revisions.
#[track_caller]
fn operate(home: &Home, words: &[&str]) -> Vec<(String, String)> {
    let cluster = if words[0] == "scale" { &["--cluster", CLUSTER][..] } else { &[] };
    let ran = home.run([words, &["-o", "json"], cluster].concat()).ok();
    let ended: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ended["state"], "done");
    let phase =
        |one: &Value| (one["phase"].as_str().unwrap().to_owned(), one["revision"].to_string());
    ended["phases"].as_array().unwrap().iter().map(phase).collect()
}

fn names(phases: &[(String, String)]) -> Vec<&str> {
    phases.iter().map(|(name, _)| name.as_str()).collect()
}

type Records = BTreeMap<String, Map<String, Value>>;

fn hosts(home: &Home, revision: &str) -> Records {
    records(home, "hosts", revision)
}

/// The records below a directory of the cluster, by role and instance.
fn records(home: &Home, directory: &str, revision: &str) -> Records {
    let path = format!("/{CLUSTER}/{directory}");
    let at = if revision == "latest" { vec![] } else { vec!["--rev", revision] };
    let words = [&["get", &path, "-o", "json", "--default", "{}"][..], &at].concat();
    let found: Value = serde_json::from_str(&home.run(words).ok().stdout).unwrap();
    let Value::Object(roles) = found else { return Records::new() };
    let mut all = Records::new();
    for (role, instances) in roles {
        for (instance, record) in instances.as_object().unwrap() {
            all.insert(format!("{role}/{instance}"), record.as_object().unwrap().clone());
        }
    }
    all
}

fn text(host: &Map<String, Value>, leaf: &str) -> String {
    host[leaf].as_str().unwrap().to_owned()
}

/// Whether the node's mapping leads to its record at that revision.
fn mapped(home: &Home, host: &Map<String, Value>, revision: &str) -> bool {
    let path = format!("/_metad/mapping/default/{}/host", text(host, "ip"));
    let ran = home.run(["get", &path, "--rev", revision]);
    ran.stdout.trim_end().ends_with(&text(host, "instance_id"))
}

/// What the node's commands have written down: the first word of each line.
fn did(home: &Home, host: &Map<String, Value>) -> Vec<String> {
    let log = home.path().join("data").join(text(host, "node_id")).join("log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let word = |line: &str| line.split([':', ' ']).next().unwrap_or_default().to_owned();
    log.lines().map(word).collect()
}
