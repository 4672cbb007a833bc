//! Nodes that get larger.

use snapbox::str;

use crate::cli::cluster::create::example_home;
use crate::cli::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn nodes_grow_one_after_another_where_the_app_says_so() {
    let home = example_home();
    let roles = "/cl-queue/vertical-scaling-roles";
    let commands: [&[&str]; 7] = [
        &["scale", "up", "shard", "--cpu=4", "--volume-size=40", "--cluster=cl-queue", "--hold"],
        &["get", roles],
        &["get", "/self/vertical-scaling-roles", "--as", "192.168.100.8"],
        &["scale", "status", "--cluster", "cl-queue", "-o", "value", "-q"],
        &["scale", "finish", "--cluster", "cl-queue", "--hold-at", "resize-2"],
        &["scale", "finish", "--cluster", "cl-queue"],
        &["get", roles],
    ];
    let text = session(&home, commands);
    let operation = regex::Regex::new(r"\bop-[a-z0-9]{8}\b").unwrap();
    assert_text(
        operation.replace_all(&text, "[OPERATION]").into_owned(),
        str![[r#"
$ metactl scale up shard --cpu=4 --volume-size=40 --cluster=cl-queue --hold
[INSTANCE]	192.168.100.4	shard	1	1	[NODE]
[INSTANCE]	192.168.100.5	shard	2	2	[NODE]
[INSTANCE]	192.168.100.6	shard-replica	3	1	[NODE]
[INSTANCE]	192.168.100.7	shard-replica	4	2	[NODE]
--- stderr
register (1 of 6): 1 key changed at revision 4
scale up of cluster cl-queue is held before resize-1
hint: Go on with `metactl scale finish --cluster cl-queue`, or undo it with `metactl scale abort --cluster cl-queue`

$ metactl get /cl-queue/vertical-scaling-roles
shard,shard-replica

$ metactl get /self/vertical-scaling-roles --as 192.168.100.8
shard,shard-replica

$ metactl scale status --cluster cl-queue -o value -q
[OPERATION]

$ metactl scale finish --cluster cl-queue --hold-at resize-2
[INSTANCE]	192.168.100.4	shard	1	1	[NODE]
[INSTANCE]	192.168.100.5	shard	2	2	[NODE]
[INSTANCE]	192.168.100.6	shard-replica	3	1	[NODE]
[INSTANCE]	192.168.100.7	shard-replica	4	2	[NODE]
--- stderr
resize-1 (2 of 6): 2 keys changed at revision 6
resize-2 (3 of 6): 2 keys changed at revision 7
scale up of cluster cl-queue is held before resize-3
hint: Go on with `metactl scale finish --cluster cl-queue`, or undo it with `metactl scale abort --cluster cl-queue`

$ metactl scale finish --cluster cl-queue
[INSTANCE]	192.168.100.4	shard	1	1	[NODE]
[INSTANCE]	192.168.100.5	shard	2	2	[NODE]
[INSTANCE]	192.168.100.6	shard-replica	3	1	[NODE]
[INSTANCE]	192.168.100.7	shard-replica	4	2	[NODE]
--- stderr
resize-3 (4 of 6): 2 keys changed at revision 9
resize-4 (5 of 6): 2 keys changed at revision 10
complete (6 of 6): 1 key changed at revision 11
scale up of cluster cl-queue is done

$ metactl get /cl-queue/vertical-scaling-roles
--- stderr
error: there is nothing at `/cl-queue/vertical-scaling-roles`
hint: See what there is: `metactl ls /cl-queue`
--- exit 3

"#]],
    );
    let shown = home.run(["cluster", "show", "cl-queue", "-o", "json"]).ok().stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    for role in shown["roles"].as_array().unwrap() {
        let expected = if role["role"] == "gateway" { ("1", "0") } else { ("4", "40") };
        assert_eq!(
            (role["cpu"].as_str(), role["volume_size"].as_str()),
            (Some(expected.0), Some(expected.1))
        );
    }
}

#[test]
fn all_at_once_and_back_again() {
    let home = example_home();
    let before = home.run(["export", "/cl-queue"]).ok().stdout;
    let commands: [&[&str]; 4] = [
        &["scale", "up", "gateway", "--memory=4096", "--cluster=cl-queue", "--hold-at=resize"],
        &["put", "/cl-queue/env/port", "7500"],
        &["scale", "abort", "--cluster", "cl-queue"],
        &["scale", "up", "gateway", "--memory=4096", "--cluster=cl-queue", "--dry-run"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl scale up gateway --memory=4096 --cluster=cl-queue --hold-at=resize
[INSTANCE]	192.168.100.8	gateway	5	3	[NODE]
[INSTANCE]	192.168.100.9	gateway	6	4	[NODE]
--- stderr
register (1 of 3): 1 key changed at revision 4
resize (2 of 3): 2 keys changed at revision 5
scale up of cluster cl-queue is held before complete
hint: Go on with `metactl scale finish --cluster cl-queue`, or undo it with `metactl scale abort --cluster cl-queue`

$ metactl put /cl-queue/env/port 7500
--- stderr
put /cl-queue/env/port at revision 6

$ metactl scale abort --cluster cl-queue
[INSTANCE]	192.168.100.8	gateway	5	3	[NODE]
[INSTANCE]	192.168.100.9	gateway	6	4	[NODE]
--- stderr
scale up of cluster cl-queue is undone at revision 8

$ metactl scale up gateway --memory=4096 --cluster=cl-queue --dry-run
phase register
+ /cl-queue/vertical-scaling-roles	gateway
phase resize
~ /cl-queue/hosts/gateway/[INSTANCE]/memory	2048	4096
~ /cl-queue/hosts/gateway/[INSTANCE]/memory	2048	4096
phase complete
- /cl-queue/vertical-scaling-roles	gateway
--- stderr
dry run: scale up of cluster cl-queue is not begun

"#]],
    );
    home.run(["put", "/cl-queue/env/port", "7400"]).ok();
    assert_eq!(home.run(["export", "/cl-queue"]).ok().stdout, before);
}

#[test]
fn what_others_have_written_since_stays() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=1", "--id", "cl-plain"]).ok();
    let instance = home.run(["instance", "list"]).ok().stdout;
    let instance = instance.split('\t').next().unwrap();
    home.run(["scale", "up", "--cpu=2", "--memory=2048", "--hold-at=resize"]).ok();
    let cpu = format!("/cl-plain/hosts/a/{instance}/cpu");
    home.run(["put", &cpu, "16"]).ok();
    home.run(["scale", "abort"]).ok();
    assert_eq!(home.run(["get", &cpu]).ok().stdout, "16\n");
    let memory = format!("/cl-plain/hosts/a/{instance}/memory");
    assert_eq!(home.run(["get", &memory]).ok().stdout, "1024\n");
    assert_eq!(home.run(["get", "/cl-plain/vertical-scaling-roles"]).code, 3);
}

#[test]
fn a_cluster_without_roles_lists_none() {
    let home = Home::new();
    let host = "{ip: 10.0.0.2, sid: 1, gid: 1, node_id: cln-1, instance_id: i-1, cpu: 1}";
    home.run_input(["import", "-"], format!("cl-1: {{hosts: {{i-1: {host}}}}}")).ok();
    home.run(["scale", "up", "--cpu", "2", "--hold"]).ok();
    assert_eq!(home.run(["get", "/cl-1/vertical-scaling-roles"]).ok().stdout, "\n");
    home.run(["scale", "finish"]).ok();
    assert_eq!(home.run(["get", "/cl-1/hosts/i-1/cpu"]).ok().stdout, "2\n");
    assert_eq!(home.run(["ls", "/cl-1"]).ok().stdout, "hosts/\n");
}

#[test]
fn sizes_that_cannot_be() {
    let home = example_home();
    let up = |words: &[&'static str]| {
        home.run([&["scale", "up"], words, &["--cluster", "cl-queue"]].concat()).to_string()
    };
    let texts = [
        up(&["shard", "--cpu", "3", "--memory", "1"]),
        up(&["shard", "--volume-size", "10"]),
        up(&["shard", "--cpu", "2"]),
        up(&["shard"]),
        up(&["shard-replica", "--cpu", "4"]),
        up(&["--cpu", "4"]),
        up(&["gateway", "--cpu", "2", "--hold-at", "resize-1"]),
    ];
    assert_text(
        texts.join("\n"),
        str![[r#"
$ metactl scale up shard --cpu 3 --memory 1 --cluster cl-queue
--- stderr
error: `cluster.shard.cpu`: `3` is not accepted; one of `1`, `2`, `4` and `8` is; `cluster.shard.memory`: `1` is not accepted; one of `2048`, `4096`, `8192` and `16384` is
--- exit 2

$ metactl scale up shard --volume-size 10 --cluster cl-queue
--- stderr
error: a disk only grows: that of `[INSTANCE]` has 20 GiB, and 10 GiB are asked for
--- exit 2

$ metactl scale up shard --cpu 2 --cluster cl-queue
--- stderr
error: all nodes have that size already
--- exit 2

$ metactl scale up shard --cluster cl-queue
--- stderr
error: no size is given
hint: Say what is to change: `--cpu N --memory MIB --volume-size GIB`
--- exit 2

$ metactl scale up shard-replica --cpu 4 --cluster cl-queue
--- stderr
error: the nodes of `shard-replica` come and go with those of `shard`
hint: Name `shard`
--- exit 2

$ metactl scale up --cpu 4 --cluster cl-queue
--- stderr
error: cluster `cl-queue` has several roles, and none is named; there is `gateway`, `shard`
--- exit 2

$ metactl scale up gateway --cpu 2 --hold-at resize-1 --cluster cl-queue
--- stderr
error: `scale up` has no phase `resize-1`; accepted are `register`, `resize`, `complete`
--- exit 2

"#]],
    );
    refuses_without_a_trace(&home, 2, &[&["scale", "up", "shard", "--cluster", "cl-queue"]]);
}

#[test]
fn two_hundred_grow_and_shrink_on_etcd() {
    let (home, _etcd) = scene::home_on_etcd();
    home.run(["cluster", "create", "--role", "a=200", "--id", "cl-large", "-q"]).ok();
    let before = home.run(["export"]).ok().stdout;
    let grow = ["scale", "up", "--cpu=2", "--memory=4096", "--hold-at=resize", "-o=json"];
    let ended: serde_json::Value = serde_json::from_str(&home.run(grow).ok().stdout).unwrap();
    assert_eq!(ended["phases"][1]["changed"], 400);
    home.run(["scale", "abort", "-q"]).ok();
    assert_eq!(home.run(["export"]).ok().stdout, before);
}

#[test]
fn nobody_reads() {
    let home = example_home();
    closed_pipe(&home, &["scale", "up", "gateway", "--cpu=2", "--cluster=cl-queue"]);
}
