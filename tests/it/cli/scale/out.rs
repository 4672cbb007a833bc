//! Adding nodes.

use snapbox::str;

use crate::cli::cluster::create::example_home;
use crate::cli::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn groups_come_with_all_that_hangs_on_them() {
    let home = example_home();
    let commands: [&[&str]; 6] = [
        &["scale", "out", "shard", "--count", "1", "--cluster", "cl-queue"],
        &["scale", "out", "gateway", "--count=1", "--cpu=4", "--cluster=cl-queue", "-o", "value"],
        &["instance", "list", "--cluster", "cl-queue", "--role", "shard-replica"],
        &["get", "/self/hosts/gateway", "--as", "192.168.100.14", "--keys-only"],
        &["get", "/self/links/coordinator_service/cluster/cluster_id", "--as=192.168.100.13"],
        &["get", "/self/env/tls.enabled", "--as", "192.168.100.14"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl scale out shard --count 1 --cluster cl-queue
[INSTANCE]	192.168.100.12	shard	7	5	[NODE]
[INSTANCE]	192.168.100.13	shard-replica	8	5	[NODE]
--- stderr
register (1 of 2): 104 keys changed at revision 4
complete (2 of 2): 40 keys changed at revision 5
scale out of cluster cl-queue is done

$ metactl scale out gateway --count=1 --cpu=4 --cluster=cl-queue -o value
[INSTANCE]
--- stderr
register (1 of 2): 58 keys changed at revision 6
complete (2 of 2): 20 keys changed at revision 7
scale out of cluster cl-queue is done

$ metactl instance list --cluster cl-queue --role shard-replica
[INSTANCE]	192.168.100.6	cl-queue	shard-replica	3	1	[NODE]	active
[INSTANCE]	192.168.100.7	cl-queue	shard-replica	4	2	[NODE]	active
[INSTANCE]	192.168.100.13	cl-queue	shard-replica	8	5	[NODE]	active

$ metactl get /self/hosts/gateway --as 192.168.100.14 --keys-only
/[INSTANCE]/cpu
/[INSTANCE]/eip
/[INSTANCE]/gid
/[INSTANCE]/gpu
/[INSTANCE]/gpu_class
/[INSTANCE]/gsid
/[INSTANCE]/hypervisor
/[INSTANCE]/instance_class
/[INSTANCE]/instance_id
/[INSTANCE]/ip
/[INSTANCE]/mac
/[INSTANCE]/memory
/[INSTANCE]/node_id
/[INSTANCE]/physical_machine
/[INSTANCE]/reserved_ips/vip/value
/[INSTANCE]/role
/[INSTANCE]/sid
/[INSTANCE]/volume_class
/[INSTANCE]/volume_size
/[INSTANCE]/zone
/[INSTANCE]/cpu
/[INSTANCE]/eip
/[INSTANCE]/gid
/[INSTANCE]/gpu
/[INSTANCE]/gpu_class
/[INSTANCE]/gsid
/[INSTANCE]/hypervisor
/[INSTANCE]/instance_class
/[INSTANCE]/instance_id
/[INSTANCE]/ip
/[INSTANCE]/mac
/[INSTANCE]/memory
/[INSTANCE]/node_id
/[INSTANCE]/physical_machine
/[INSTANCE]/reserved_ips/vip/value
/[INSTANCE]/role
/[INSTANCE]/sid
/[INSTANCE]/volume_class
/[INSTANCE]/volume_size
/[INSTANCE]/zone
/[INSTANCE]/cpu
/[INSTANCE]/eip
/[INSTANCE]/gid
/[INSTANCE]/gpu
/[INSTANCE]/gpu_class
/[INSTANCE]/gsid
/[INSTANCE]/hypervisor
/[INSTANCE]/instance_class
/[INSTANCE]/instance_id
/[INSTANCE]/ip
/[INSTANCE]/mac
/[INSTANCE]/memory
/[INSTANCE]/node_id
/[INSTANCE]/physical_machine
/[INSTANCE]/reserved_ips/vip/value
/[INSTANCE]/role
/[INSTANCE]/sid
/[INSTANCE]/volume_class
/[INSTANCE]/volume_size
/[INSTANCE]/zone

$ metactl get /self/links/coordinator_service/cluster/cluster_id --as=192.168.100.13
cl-coord

$ metactl get /self/env/tls.enabled --as 192.168.100.14
false

"#]],
    );
}

#[test]
fn a_cluster_without_roles_grows_too() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "=2,cpu=2,memory=512", "--id", "cl-plain"]).ok();
    let commands: [&[&str]; 5] = [
        &["scale", "out", "--count", "2", "--delay", "1ms"],
        &["scale", "out", "worker", "--count", "1"],
        &["scale", "out", "--count", "0"],
        &["instance", "list"],
        &["get", "/self/host/memory", "--as", "192.168.100.4"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl scale out --count 2 --delay 1ms
[INSTANCE]	192.168.100.3		3	3	[NODE]
[INSTANCE]	192.168.100.4		4	4	[NODE]
--- stderr
register (1 of 2): 98 keys changed at revision 3
complete (2 of 2): 38 keys changed at revision 4
scale out of cluster cl-plain is done

$ metactl scale out worker --count 1
--- stderr
error: cluster `cl-plain` has no roles, so it has no `worker`
hint: Leave the role out
--- exit 2

$ metactl scale out --count 0
--- stderr
error: no node is asked for; `--count` is 1 at least
--- exit 2

$ metactl instance list
[INSTANCE]	192.168.100.1	cl-plain		1	1	[NODE]	active
[INSTANCE]	192.168.100.2	cl-plain		2	2	[NODE]	active
[INSTANCE]	192.168.100.3	cl-plain		3	3	[NODE]	active
[INSTANCE]	192.168.100.4	cl-plain		4	4	[NODE]	active

$ metactl get /self/host/memory --as 192.168.100.4
512

"#]],
    );
}

#[test]
fn a_dry_run_shows_every_phase_and_writes_nothing() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=1", "--id", "cl-plain", "--seed", "3"]).ok();
    let before = scene::revision(&home);
    let ran = home.run(["scale", "out", "--count", "1", "--dry-run"]).ok();
    assert!(ran.stdout.starts_with("phase register\n+ /_metad/mapping/default/192.168.100.2/"));
    let ran = home.run(["scale", "out", "--count", "1", "--dry-run", "-o", "json"]).ok();
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let phases = shown["phases"].as_array().unwrap();
    let count = |index: usize| phases[index]["changes"].as_array().unwrap().len();
    let gone = phases[1]["changes"].as_array().unwrap();
    assert_eq!(phases[0]["phase"], "register");
    assert!(gone.iter().all(|one| one["now"].is_null()), "{ran}");
    assert!(count(0) > 2 * count(1), "{ran}");
    assert_eq!(scene::revision(&home), before + 1);
}

#[test]
fn what_the_app_does_not_allow_is_told() {
    let home = example_home();
    refuses_without_a_trace(
        &home,
        2,
        &[
            &["scale", "out", "gateway", "--count", "50", "--cpu=3", "--cluster", "cl-queue"],
            &["scale", "out", "--count", "1", "--cluster", "cl-queue"],
            &["scale", "out", "shard-replica", "--count", "1", "--cluster", "cl-queue"],
            &["scale", "out", "shard", "--count", "1", "--hold-at", "x", "--cluster", "cl-queue"],
            &["scale", "out", "shard", "--count", "1", "-o", "env", "--cluster", "cl-queue"],
        ],
    );
    let commands: [&[&str]; 5] = [
        &["scale", "out", "gateway", "--count", "50", "--cpu=3", "--cluster", "cl-queue"],
        &["scale", "out", "--count", "1", "--cluster", "cl-queue"],
        &["scale", "out", "shard-replica", "--count", "1", "--cluster", "cl-queue"],
        &["scale", "out", "shard", "--count", "1", "--hold-at", "x", "--cluster", "cl-queue"],
        &["scale", "out", "nothing", "--count", "1", "--cluster", "cl-queue"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl scale out gateway --count 50 --cpu=3 --cluster cl-queue
--- stderr
error: `cluster.gateway.count`: `52` is too large; an integer from 1 to 10 is accepted; `cluster.gateway.cpu`: `3` is not accepted; one of `1`, `2` and `4` is
--- exit 2

$ metactl scale out --count 1 --cluster cl-queue
--- stderr
error: cluster `cl-queue` has several roles, and none is named; there is `gateway`, `shard`
--- exit 2

$ metactl scale out shard-replica --count 1 --cluster cl-queue
--- stderr
error: the nodes of `shard-replica` come and go with those of `shard`
hint: Name `shard`
--- exit 2

$ metactl scale out shard --count 1 --hold-at x --cluster cl-queue
--- stderr
error: `scale out` has no phase `x`; accepted are `register`, `complete`
--- exit 2

$ metactl scale out nothing --count 1 --cluster cl-queue
--- stderr
error: cluster `cl-queue` has no role `nothing`; there is `gateway`, `shard`
--- exit 3

"#]],
    );
}

#[test]
fn two_hundred_hosts_are_one_revision_on_both_stores() {
    let (etcd_home, _etcd) = scene::home_on_etcd();
    for home in [Home::new(), etcd_home] {
        home.run(["cluster", "create", "--role", "a=1", "--id", "cl-large"]).ok();
        let ran = home.run(["scale", "out", "--count", "200", "-o", "json"]).ok();
        let ended: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let revisions: Vec<u64> = ended["phases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["revision"].as_u64().unwrap())
            .collect();
        assert_eq!(revisions[1], revisions[0] + 1, "{ended}");
        let held = home.run(["get", "/cl-large/adding-hosts", "--rev", &revisions[0].to_string()]);
        assert_eq!(held.ok().stdout.lines().filter(|line| line.contains("/ip\t")).count(), 200);
        assert_eq!(home.run(["get", "/cl-large/adding-hosts"]).code, 3);
        let listed = home.run(["instance", "list", "-o", "value"]).ok();
        assert_eq!(listed.stdout.lines().count(), 201);
    }
}

#[test]
fn nobody_has_to_read_it() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=1", "--id", "cl-plain"]).ok();
    closed_pipe(&home, &["scale", "out", "--count", "1"]);
    closed_pipe(&home, &["scale", "out", "--count", "1", "--dry-run"]);
    closed_pipe(&home, &["scale", "status"]);
}
