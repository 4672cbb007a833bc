//! Stopping and starting clusters.

use serde_json::Value;
use snapbox::str;

use super::create::example_home;
use crate::cli::scene::{self, closed_pipe, home_on_etcd, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

/// The whole tree and all mappings.
fn everything(home: &Home) -> String {
    let show = |words: &[&str]| home.run(words).ok().stdout;
    show(&["export"]) + &show(&["mapping", "get", "-o", "json"])
}

fn json(home: &Home, words: &[&str]) -> Value {
    serde_json::from_str(&home.run(words).ok().stdout).unwrap()
}

/// What stays of every node: by its node id, what does not depend on the instance id.
fn nodes(home: &Home) -> Vec<(String, Value)> {
    let list = json(home, &["instance", "list", "-o", "json"]);
    let mut nodes: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let mut kept = one.clone();
            kept.as_object_mut().unwrap().remove("instance_id");
            (one["node_id"].as_str().unwrap().to_owned(), kept)
        })
        .collect();
    nodes.sort_by(|left, right| left.0.cmp(&right.0));
    nodes
}

fn instances(home: &Home) -> Vec<String> {
    let ran = home.run(["instance", "list", "-o", "value"]).ok();
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_cluster_stops_and_starts_under_new_ids() {
    let home = example_home();
    let commands: [&[&str]; 7] = [
        &["cluster", "stop", "cl-coord"],
        &["cluster", "stop", "cl-coord"],
        &["cluster", "list"],
        &["cluster", "start", "cl-queue"],
        &["cluster", "start", "cl-coord"],
        &["get", "/self/host/ip"],
        &["cluster", "list", "-o", "value"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster stop cl-coord
[INSTANCE]	192.168.100.1		1	1	[NODE]
[INSTANCE]	192.168.100.2		2	2	[NODE]
[INSTANCE]	192.168.100.3		3	3	[NODE]
--- stderr
register (1 of 2): 1 key changed at revision 4
complete (2 of 2): 1 key changed at revision 5
cluster stop of cluster cl-coord is done

$ metactl cluster stop cl-coord
--- stderr
error: cluster `cl-coord` is `stopped` already
--- exit 4

$ metactl cluster list
cl-coord	coordinator	3	3	stopped	vxnet-0	192.168.100.0/24	
cl-queue	queue	6	gateway=2,shard=2,shard-replica=2	active	vxnet-0	192.168.100.0/24	coordinator_service=cl-coord

$ metactl cluster start cl-queue
--- stderr
error: cluster `cl-queue` is `active` already
hint: Stop it first: `metactl cluster stop cl-queue`
--- exit 4

$ metactl cluster start cl-coord
[INSTANCE]	192.168.100.1		1	1	[NODE]
[INSTANCE]	192.168.100.2		2	2	[NODE]
[INSTANCE]	192.168.100.3		3	3	[NODE]
--- stderr
register (1 of 2): 121 keys changed at revision 6
complete (2 of 2): 1 key changed at revision 7
cluster start of cluster cl-coord is done

$ metactl get /self/host/ip
192.168.100.1

$ metactl cluster list -o value
cl-coord
cl-queue

"#]],
    );
}

#[test]
fn everything_that_hangs_on_an_id_moves() {
    moves(&example_home());
}

#[test]
fn everything_that_hangs_on_an_id_moves_on_etcd() {
    let (home, _etcd) = home_on_etcd();
    let words = ["cluster", "create", "--role", "a=2,replica=1", "--role", "b=1", "--id", "cl-a"];
    home.run(words).ok();
    moves(&home);
}

fn moves(home: &Home) {
    let clusters = home.run(["cluster", "list", "-o", "value"]).ok().stdout;
    let cluster = clusters.lines().last().unwrap();
    let list = json(home, &["instance", "list", "--cluster", cluster, "-o", "json"]);
    let first = &list.as_array().unwrap()[0];
    let (ip, old) = (first["ip"].as_str().unwrap(), first["instance_id"].as_str().unwrap());
    home.run(["add-metadata", old, "--metadata", "color=red"]).ok();
    home.run(["put", &format!("/{cluster}/cmd/{old}/id"), "1"]).ok();
    let before = (instances(home), nodes(home));
    home.run(["cluster", "stop", cluster]).ok();
    let stopped = everything(home);
    // Held, and undone: all is as it was, the command to the node included.
    home.run(["cluster", "start", cluster, "--hold"]).ok();
    assert!(!instances(home).contains(&old.to_owned()));
    assert_eq!(home.run(["--as", ip, "get", "/self/cmd"]).code, 3);
    assert_eq!(home.run(["env", "set", "--cluster", cluster, "x=1"]).code, 4);
    home.run(["scale", "abort", "--cluster", cluster]).ok();
    assert_eq!(everything(home), stopped);
    let state = json(home, &["cluster", "show", cluster, "-o", "json"])["state"].clone();
    assert_eq!(state, "stopped");
    // Started, nothing but the ids is another.
    home.run(["cluster", "start", cluster, "--hold-at", "register"]).ok();
    home.run(["scale", "finish", "--cluster", cluster]).ok();
    let after = (instances(home), nodes(home));
    assert_eq!(after.1, before.1);
    let own = |id: &&String| list.as_array().unwrap().iter().any(|one| one["instance_id"] == **id);
    assert_eq!(after.0.iter().filter(own).count(), 0, "{after:?}");
    let tree = everything(home);
    assert!(!tree.contains(old), "{tree}");
    let seen = json(home, &["--as", ip, "get", "/self/host", "-o", "json"]);
    assert_eq!(seen["attributes"]["color"], "red");
    assert_eq!(seen["node_id"], first["node_id"]);
    let id = seen["instance_id"].as_str().unwrap();
    assert_eq!(json(home, &["--as", id, "get", "/self/host", "-o", "json"]), seen);
    home.run(["put", &format!("/{cluster}/cmd/{id}/id"), "2"]).ok();
    assert_eq!(home.run(["--as", ip, "get", "/self/cmd/id"]).ok().stdout, "2\n");
}

#[test]
fn ids_can_stay() {
    let home = example_home();
    let before = everything(&home);
    home.run(["cluster", "stop", "cl-queue"]).ok();
    home.run(["cluster", "start", "cl-queue", "--keep-ids"]).ok();
    assert_eq!(everything(&home), before);
}

#[test]
fn it_can_be_tried_and_asserted() {
    let home = scene::home();
    let words = ["cluster", "stop", "cl-two", "--dry-run"];
    let before = scene::revision(&home);
    home.run(words).ok();
    assert_eq!(scene::revision(&home), before + 1);
    home.run(["cluster", "stop", "cl-two"]).ok();
    let ran = home.run(["cluster", "start", "cl-two", "--dry-run", "-o", "json"]).ok();
    let rehearsed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(rehearsed["phases"].as_array().unwrap().len(), 2, "{ran}");
    let stopped = everything(&home);
    let check = "[ $METACTL_PHASE = register ]";
    let ran = home.run(["cluster", "start", "cl-two", "--assert", check]);
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(everything(&home), stopped);
    home.run(["cluster", "start", "cl-two"]).ok();
    closed_pipe(&home, &["cluster", "stop", "cl-two"]);
    refuses_without_a_trace(&home, 3, &[&["cluster", "stop", "cl-none"]]);
}

#[test]
fn two_hundred_hosts_start_in_one_commit_on_etcd() {
    let (home, _etcd) = home_on_etcd();
    let words = ["cluster", "create", "--role", "a=200", "--id", "cl-a", "--cidr", "10.1.0.0/16"];
    home.run(words).ok();
    home.run(["cluster", "stop", "cl-a"]).ok();
    let ran = home.run(["cluster", "start", "cl-a", "-o", "json"]).ok();
    let ended: Value = serde_json::from_str(&ran.stdout).unwrap();
    let revision = ended["phases"][0]["revision"].as_u64().unwrap();
    let seen = |revision: u64| {
        let revision = revision.to_string();
        let ran = home.run(["get", "/cl-a/hosts", "--rev", &revision, "--keys-only"]).ok();
        let ids = ran.stdout.lines().filter_map(|line| line.split('/').nth(2).map(str::to_owned));
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let (before, after) = (seen(revision - 1), seen(revision));
    assert_eq!((before.len(), after.len()), (200, 200));
    assert!(before.is_disjoint(&after));
}

#[test]
fn more_than_an_etcd_takes_is_refused_before_anything_is_written() {
    let (home, _etcd) = home_on_etcd();
    home.run(["cluster", "create", "--role", "a=3", "--id", "cl-a"]).ok();
    home.file("large", "x".repeat(600_000));
    for instance in instances(&home) {
        let path = format!("/cl-a/hosts/a/{instance}/attributes/large");
        home.run(["put", &path, "@large"]).ok();
    }
    home.run(["cluster", "stop", "cl-a"]).ok();
    refuses_without_a_trace(&home, 2, &[&["cluster", "start", "cl-a"]]);
    home.run(["cluster", "start", "cl-a", "--keep-ids"]).ok();
}
