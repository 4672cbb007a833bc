//! Taking nodes away.

use snapbox::str;

use crate::cli::cluster::create::example_home;
use crate::cli::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, Ran, assert_text};

/// What a test prints of times, which are not the same twice.
fn timeless(text: String) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    time.replace_all(&text, "[TIME]").into_owned()
}

/// The instance ids of a role, by server id.
fn instances(home: &Home, role: &str) -> Vec<String> {
    let words = ["instance", "list", "--cluster", "cl-queue", "--role", role];
    let ran: Ran = home.run(words).ok();
    let first = |line: &str| line.split('\t').next().unwrap().to_owned();
    ran.stdout.lines().map(first).collect()
}

#[test]
fn a_group_leaves_and_a_tombstone_stays() {
    let home = example_home();
    let [_, shard] = &instances(&home, "shard")[..] else { panic!("two shards") };
    home.run(["scale", "out", "shard", "--count=1", "--cluster=cl-queue", "-q"]).ok();
    home.run(["put", &format!("/cl-queue/cmd/{shard}/id"), "1"]).ok();
    home.run(["add-metadata", shard, "--metadata", "motd=bye"]).ok();
    let replica = instances(&home, "shard-replica").remove(1);
    let commands: [&[&str]; 8] = [
        &["scale", "in", shard, &replica, "--hold", "--yes"],
        &["ls", "/cl-queue/deleting-hosts/shard"],
        &["get", &format!("/cl-queue/deleting-hosts/shard/{shard}/attributes")],
        &["instance", "list", "--cluster", "cl-queue", "--role", "shard"],
        &["scale", "finish", "--cluster", "cl-queue"],
        &["instance", "show", shard],
        &["ls", "/cl-queue"],
        &["mapping", "get", "192.168.100.5"],
    ];
    assert_text(
        timeless(session(&home, commands)),
        str![[r#"
$ metactl scale in [INSTANCE] [INSTANCE] --hold --yes
[INSTANCE]	192.168.100.5	shard	2	2	[NODE]
[INSTANCE]	192.168.100.7	shard-replica	4	2	[NODE]
--- stderr
register (1 of 2): 41 keys changed at revision 8
scale in of cluster cl-queue is held before remove
hint: Go on with `metactl scale finish --cluster cl-queue`, or undo it with `metactl scale abort --cluster cl-queue`

$ metactl ls /cl-queue/deleting-hosts/shard
[INSTANCE]/

$ metactl get /cl-queue/deleting-hosts/shard/[INSTANCE]/attributes
/motd	bye

$ metactl instance list --cluster cl-queue --role shard
[INSTANCE]	192.168.100.4	cl-queue	shard	1	1	[NODE]	active
[INSTANCE]	192.168.100.5	cl-queue	shard	2	2	[NODE]	deleting
[INSTANCE]	192.168.100.12	cl-queue	shard	7	5	[NODE]	active

$ metactl scale finish --cluster cl-queue
[INSTANCE]	192.168.100.5	shard	2	2	[NODE]
[INSTANCE]	192.168.100.7	shard-replica	4	2	[NODE]
--- stderr
remove (2 of 2): 109 keys changed at revision 10
scale in of cluster cl-queue is done

$ metactl instance show [INSTANCE]
instance_id	[INSTANCE]
ip	192.168.100.5
node_id	[NODE]
role	shard
sid	2
state	removed
removed	[TIME]
actor	tester@here
command	scale in cl-queue
--- stderr
warning: [INSTANCE] was removed at [TIME] by tester@here
hint: Its record as it was: `metactl get /cl-queue/hosts/shard/[INSTANCE] --rev 9`

$ metactl ls /cl-queue
cluster/
env/
hosts/
links/
role-env/

$ metactl mapping get 192.168.100.5
--- stderr
error: `192.168.100.5` has no mapping in the group `default`
hint: List the nodes that have one: `metactl mapping get`
--- exit 3

"#]],
    );
    let shown = home.run(["instance", "show", shard, "-o", "json"]).ok().stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let node_id = shown["removed"]["node_id"].as_str().unwrap();
    let again = home.run(["instance", "show", node_id, "-o", "json"]).ok().stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again).unwrap(), shown);
    let record = shown["path"].as_str().unwrap();
    let revision = shown["removed"]["revision"].to_string();
    home.run(["get", &format!("{record}/ip"), "--rev", &revision]).ok();
    assert_eq!(home.run(["get", &format!("{record}/ip")]).code, 3);
}

#[test]
fn the_highest_server_ids_leave() {
    let home = example_home();
    home.run(["scale", "out", "gateway", "--count=2", "--cluster=cl-queue", "-q"]).ok();
    let before = instances(&home, "gateway");
    let words = ["scale", "in", "--role=gateway", "--count=2", "--cluster=cl-queue", "--yes"];
    let ran = home.run([&words[..], &["-o", "value", "-q"]].concat()).ok();
    assert_eq!(ran.stdout, format!("{}\n{}\n", before[3], before[2]));
    assert_eq!(instances(&home, "gateway"), before[..2]);
    // The address that the role has reserved is still its own.
    let vip = format!("/cl-queue/hosts/gateway/{}/reserved_ips/vip/value", before[0]);
    assert_eq!(home.run(["get", &vip]).ok().stdout, "192.168.100.10\n");
    // What they had is free again.
    home.run(["scale", "out", "gateway", "--count=1", "--cluster=cl-queue", "-q"]).ok();
    let ip = ["get", "/self/host/sid", "--as", "192.168.100.12"];
    assert_eq!(home.run(ip).ok().stdout, "7\n");
}

#[test]
fn self_goes_with_its_node() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=2", "--id", "cl-plain"]).ok();
    let first = home.run(["get", "/self/host/instance_id"]).ok().stdout;
    home.run(["scale", "in", first.trim(), "--yes"]).ok();
    assert_eq!(home.run(["get", "/self/host/ip"]).code, 2);
    assert_eq!(home.run(["get", "/self/host/ip", "--as", "192.168.100.1"]).code, 3);
    assert_eq!(home.run(["get", "/self/host/ip", "--as", "192.168.100.2"]).ok().code, 0);
}

#[test]
fn a_node_that_others_have_written_leaves_too() {
    let home = Home::new();
    let tree = "cl-1: {hosts: {i-1: {ip: 10.0.0.2, sid: 1}, i-2: {ip: 10.0.0.3, sid: 2}}}";
    home.run_input(["import", "-"], tree).ok();
    home.run(["mapping", "set", "10.0.0.3", "host=/cl-1/hosts/i-2"]).ok();
    home.run(["scale", "in", "--count", "1", "--yes"]).ok();
    assert_eq!(home.run(["ls", "/cl-1/hosts"]).ok().stdout, "i-1/\n");
    assert_eq!(home.run(["mapping", "get", "-o", "json"]).ok().stdout, "{}\n");
    let shown = home.run(["instance", "show", "i-2"]).ok();
    assert!(shown.stdout.contains("state\tremoved\n"), "{shown}");
}

#[test]
fn what_may_not_leave() {
    let home = example_home();
    let shards = instances(&home, "shard");
    let replicas = instances(&home, "shard-replica");
    let in_queue = ["--cluster", "cl-queue", "--yes"];
    let run = |words: &[&str]| home.run([&["scale", "in"], words, &in_queue].concat()).to_string();
    let coordinator = home.run(["get", "/self/host/instance_id"]).ok().stdout;
    let texts = [
        run(&[&shards[0]]),
        run(&[&replicas[0]]),
        run(&[&shards[0], "192.168.100.4"]),
        run(&["i-nothing"]),
        run(&[coordinator.trim()]),
        run(&["--role", "shard", "--count", "2"]),
        run(&["--role", "shard", "--count", "3"]),
        run(&["--role", "shard", "--count", "0"]),
        run(&["--role", "shard-replica", "--count", "1"]),
        run(&["--role", "nobody", "--count", "1"]),
        run(&["--count", "1"]),
        run(&[&shards[0], "--count", "1"]),
        home.run(["scale", "in", "--count=1", "--role=gateway", "--cluster=cl-queue"]).to_string(),
    ];
    assert_text(
        texts.join("\n"),
        str![[r#"
$ metactl scale in [INSTANCE] --cluster cl-queue --yes
--- stderr
error: `[INSTANCE]` of `shard` cannot leave without its replicas `[INSTANCE]`
hint: Name them too: `metactl scale in [INSTANCE] [INSTANCE]`
--- exit 2

$ metactl scale in [INSTANCE] --cluster cl-queue --yes
--- stderr
error: `[INSTANCE]` is a replica, and its master `[INSTANCE]` would stay with fewer
hint: Let a whole group leave by `--role ROLE --count N`, or insist with `--force`
--- exit 2

$ metactl scale in [INSTANCE] 192.168.100.4 --cluster cl-queue --yes
--- stderr
error: `192.168.100.4` names node `[INSTANCE]` a second time
--- exit 2

$ metactl scale in i-nothing --cluster cl-queue --yes
--- stderr
error: cluster `cl-queue` has no node `i-nothing`
hint: List its nodes: `metactl instance list --cluster cl-queue`
--- exit 3

$ metactl scale in [INSTANCE] --cluster cl-queue --yes
--- stderr
error: `[INSTANCE]` is a node of cluster `cl-coord`, not of `cl-queue`
hint: Name its cluster: `--cluster cl-coord`
--- exit 2

$ metactl scale in --role shard --count 2 --cluster cl-queue --yes
--- stderr
error: `cluster.shard.count`: `0` is too small; an integer from 1 to 50 is accepted
--- exit 2

$ metactl scale in --role shard --count 3 --cluster cl-queue --yes
--- stderr
error: role `shard` has 2 to take away, not 3
--- exit 2

$ metactl scale in --role shard --count 0 --cluster cl-queue --yes
--- stderr
error: no node is to leave; `--count` is 1 at least
--- exit 2

$ metactl scale in --role shard-replica --count 1 --cluster cl-queue --yes
--- stderr
error: the nodes of `shard-replica` come and go with those of `shard`
hint: Name `shard`
--- exit 2

$ metactl scale in --role nobody --count 1 --cluster cl-queue --yes
--- stderr
error: cluster `cl-queue` has no role `nobody`; there is `gateway`, `shard`
--- exit 3

$ metactl scale in --count 1 --cluster cl-queue --yes
--- stderr
error: cluster `cl-queue` has several roles, and none is named; there is `gateway`, `shard`
--- exit 2

$ metactl scale in [INSTANCE] --count 1 --cluster cl-queue --yes
--- stderr
error: the argument '[INSTANCE]...' cannot be used with '--count <N>'

Usage: metactl scale in --cluster <ID> <INSTANCE|--count <N>>

For more information, try '--help'.
--- exit 2

$ metactl scale in --count=1 --role=gateway --cluster=cl-queue
--- stderr
error: take 1 node ([INSTANCE]) out of cluster `cl-queue` in file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

"#]],
    );
    let first = ["scale", "in", &shards[0], "--yes"];
    refuses_without_a_trace(&home, 2, &[&first, &["scale", "in"]]);
}

#[test]
fn a_replica_alone_leaves_when_insisted_on() {
    let home = example_home();
    let replicas = instances(&home, "shard-replica");
    home.run(["scale", "in", &replicas[0], "--force", "--yes"]).ok();
    assert_eq!(instances(&home, "shard-replica"), replicas[1..]);
}

#[test]
fn the_last_node_stays() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=1", "--role", "b=1", "--id", "cl-plain"]).ok();
    home.run(["scale", "in", "--role=b", "--count=1", "--yes"]).ok();
    assert_text(
        session(&home, [&["scale", "in", "--count", "1", "--yes"]]),
        str![[r#"
$ metactl scale in --count 1 --yes
--- stderr
error: no node of cluster `cl-plain` would be left
hint: Take the whole cluster away: `metactl cluster delete cl-plain`
--- exit 2

"#]],
    );
}

#[test]
fn a_dry_run_shows_both_phases() {
    let home = example_home();
    let gateway = instances(&home, "gateway").remove(1);
    let words = ["scale", "in", &gateway, "--dry-run"];
    let ran = home.run(words).ok();
    let kept = |line: &&str| line.starts_with("phase") || line.contains("/ip\t");
    let text: Vec<&str> = ran.stdout.lines().filter(kept).collect();
    assert_text(
        text.join("\n") + "\n",
        str![[r#"
phase register
+ /cl-queue/deleting-hosts/gateway/[INSTANCE]/ip	192.168.100.9
phase remove
- /cl-queue/deleting-hosts/gateway/[INSTANCE]/ip	192.168.100.9
- /cl-queue/hosts/gateway/[INSTANCE]/ip	192.168.100.9

"#]],
    );
    assert_eq!(instances(&home, "gateway").len(), 2);
    assert_eq!(home.run(["scale", "status", "--cluster=cl-queue", "-o=json"]).stdout, "null\n");
}

#[test]
fn an_assertion_keeps_the_nodes() {
    let home = example_home();
    let before = home.run(["export", "/cl-queue"]).ok().stdout;
    let assertion = "test -z \"$(metactl ls /cl-queue/deleting-hosts)\"";
    let words = ["scale", "in", "--role=gateway", "--count=1", "--cluster=cl-queue", "--yes"];
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_metactl")).parent().unwrap();
    let ran = home.run_with([&words[..], &["--assert", assertion]].concat(), |command| {
        command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
    });
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("was undone at revision"), "{ran}");
    assert_eq!(home.run(["export", "/cl-queue"]).ok().stdout, before);
    assert_eq!(instances(&home, "gateway").len(), 2);
}

#[test]
fn fifty_leave_etcd_at_once() {
    let (home, _etcd) = scene::home_on_etcd();
    home.run(["cluster", "create", "--role", "a=60", "--id", "cl-large", "-q"]).ok();
    let ran = home.run(["scale", "in", "--count", "50", "--yes", "-o", "json"]).ok();
    let ended: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let phases = ended["phases"].as_array().unwrap();
    assert_eq!(phases[0]["changed"], 50 * 19);
    // Record and copy, mapping, claims, tombstone.
    assert_eq!(phases[1]["changed"], 50 * (19 + 19 + 9 + 2 + 1));
    assert_eq!(
        home.run(["mapping", "get", "-o", "json"]).ok().stdout.matches("\"host\"").count(),
        10
    );
    assert_eq!(home.run(["ls", "/cl-large"]).ok().stdout, "cluster/\nhosts/\n");
}

#[test]
fn nobody_reads() {
    let home = example_home();
    closed_pipe(
        &home,
        &["scale", "in", "--role=gateway", "--count=1", "--cluster=cl-queue", "--yes"],
    );
}
