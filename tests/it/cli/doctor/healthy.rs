//! A store in which nothing is wrong yields nothing.

use snapbox::str;

use super::scene::Scene;
use crate::cli::scene::{home_on_etcd, session};
use crate::support::{Home, assert_text, assert_transcript};

const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/coordinator");

/// What people do to clusters that are well.
fn changed_in_every_way(scene: &Scene) {
    let home = &scene.home;
    for words in [
        &["put", "/cl-queue/env/new", "1"][..],
        &["put", "/cl-queue/role-env/gateway/own", "2"],
        &["put", "/cl-queue/cluster/endpoints/client/port", "env.port"],
        &["rm", "/cl-queue/env/features"],
        &["add-metadata", "--project", "--metadata", "tier=web"],
        &["cluster", "create", "--id", "cl-plain", "--role", "web=2", "--role", "db=1"],
        &["cluster", "create", "--id", "cl-free", "--cidr", "10.1.0.0/24", "--app", PACKAGE],
        &["scale", "out", "web", "--count", "2", "--cluster", "cl-plain"],
        &["scale", "out", "gateway", "--count", "1", "--hold", "--cluster", "cl-queue"],
        &["scale", "finish", "--cluster", "cl-queue"],
        &["scale", "out", "gateway", "--count", "1", "--hold", "--cluster", "cl-queue"],
        &["scale", "abort", "--cluster", "cl-queue"],
        &["scale", "out", "shard", "--count", "1", "--cluster", "cl-queue"],
        &["scale", "in", "--role", "gateway", "--count", "1", "--yes", "--cluster", "cl-queue"],
        &["scale", "up", "shard", "--cpu", "4", "--cluster", "cl-queue"],
        &["env", "set", "--role", "gateway", "port=8401", "--cluster", "cl-queue"],
        &["env", "set", "port=7401", "--cluster", "cl-queue"],
        &["cmd", "send", "--all", "--cluster", "cl-queue", "--", "true"],
        &["cluster", "link", "cl-queue", "coordinator_service=cl-free"],
        &["cluster", "stop", "cl-queue"],
        &["cluster", "start", "cl-queue"],
        &["cluster", "stop", "cl-coord"],
    ] {
        home.run(words).ok();
    }
    let ran = home.run(["instance", "list", "-o", "value"]).ok();
    let instance = ran.stdout.lines().next().unwrap().to_owned();
    home.run(["add-metadata", &instance, "--metadata", "motd=hello"]).ok();
    home.run_input(["import", "--at", "/cl-queue/env", "-"], "{imported: {a: 1, b: 2}}").ok();
    scene.is_well();
    home.run(["cluster", "delete", "cl-plain", "--yes"]).ok();
    scene.is_well();
}

#[test]
fn after_every_change_on_sqlite() {
    changed_in_every_way(&Scene::on_sqlite());
}

#[test]
fn after_every_change_on_etcd() {
    changed_in_every_way(&Scene::on_etcd());
}

#[test]
fn an_empty_store() {
    let (on_etcd, _etcd) = home_on_etcd();
    for home in [Home::new(), on_etcd] {
        assert_transcript(
            home.run(["doctor"]),
            str![[r#"
$ metactl doctor
--- stderr
no problems found in 0 clusters, 0 hosts

"#]],
        );
    }
}

/// Another program's tree: its hosts are mapped, there are no records of metactl.
#[test]
fn a_tree_of_another_program_below_a_directory_of_its_own() {
    let home = Home::new();
    let tree = "\
clusters:
  cl-1:
    hosts:
      web:
        i-1: {ip: 10.0.0.1, mac: '52:54:9a:00:00:01', sid: 1, node_id: cln-1, instance_id: i-1}
    env: {port: 1}
    links: {db: cl-2}
  cl-2:
    hosts:
      i-2: {ip: 10.0.0.2, sid: 1, gsid: 123456789, eip: '', custom: anything}
";
    home.run_input(["import", "-"], tree).ok();
    home.run(["mapping", "set", "10.0.0.1", "host=/clusters/cl-1/hosts/web/i-1"]).ok();
    home.run(["mapping", "set", "10.0.0.1", "links/db=/clusters/cl-2", "other=/any/place"]).ok();
    home.run(["mapping", "set", "10.0.0.2", "host=/clusters/cl-2/hosts/i-2"]).ok();
    let text = session(
        &home,
        [
            &["doctor", "--cluster-root", "/clusters"],
            &["doctor"],
            &["doctor", "--cluster-root", "/clusters", "cl-2"],
            &["doctor", "cl-2"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl doctor --cluster-root /clusters
--- stderr
no problems found in 2 clusters, 2 hosts

$ metactl doctor
--- stderr
no problems found in 0 clusters, 0 hosts

$ metactl doctor --cluster-root /clusters cl-2
--- stderr
no problems found in 1 cluster, 1 host

$ metactl doctor cl-2
--- stderr
error: there is no cluster `cl-2`
hint: List them: `metactl cluster list`
--- exit 3

"#]],
    );
}

/// Clusters below one directory are no leftovers for who looks into another.
#[test]
fn two_directories_of_clusters_leave_each_other_alone() {
    let home = Home::new();
    let create = |root: &str, id: &str| {
        let words = ["cluster", "create", "--id", id, "--role", "a=2", "--cluster-root", root];
        home.run(words).ok();
    };
    create("/", "cl-1");
    create("/clusters", "cl-2");
    let text = session(&home, [&["doctor"], &["doctor", "--cluster-root", "/clusters"]]);
    assert_text(
        text,
        str![[r#"
$ metactl doctor
--- stderr
no problems found in 1 cluster, 2 hosts

$ metactl doctor --cluster-root /clusters
--- stderr
no problems found in 1 cluster, 2 hosts

"#]],
    );
}
