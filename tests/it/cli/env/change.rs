//! Setting parameters and taking them away.

use snapbox::str;

use crate::cli::cluster::create::example_home;
use crate::cli::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

const CLUSTER: [&str; 2] = ["--cluster", "cl-queue"];

/// The words of a command on the queue.
fn queue<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &CLUSTER].concat()
}

#[test]
fn many_are_set_in_one_commit() {
    let home = example_home();
    home.file("password", "Sound-4-sleep");
    let commands: [&[&str]; 8] = [
        &["env", "set", "--cluster", "cl-queue", "port=7500", "features=metrics,audit"],
        &["env", "set", "--cluster", "cl-queue", "port=7500", "sync.mode=all"],
        &["env", "set", "--cluster", "cl-queue", "port=7500"],
        &["env", "set", "--cluster", "cl-queue", "--role", "gateway", "tls.enabled=true"],
        &["env", "set", "--cluster", "cl-queue", "admin.password=@password", "-o", "json"],
        &["env", "set", "--cluster", "cl-queue", "retention.hours="],
        &["env", "unset", "--cluster", "cl-queue", "retention.hours", "-o", "json"],
        &["get", "/cl-queue/env"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env set --cluster cl-queue port=7500 features=metrics,audit
--- stderr
set port, features of cl-queue at revision 4

$ metactl env set --cluster cl-queue port=7500 sync.mode=all
--- stderr
set sync.mode of cl-queue at revision 5; unchanged: port

$ metactl env set --cluster cl-queue port=7500
--- stderr
nothing to change: port of cl-queue has that value already

$ metactl env set --cluster cl-queue --role gateway tls.enabled=true
--- stderr
set tls.enabled of role gateway of cl-queue at revision 6

$ metactl env set --cluster cl-queue admin.password=@password -o json
{
  "cluster": "cl-queue",
  "keys": [
    "admin.password"
  ],
  "unchanged": [],
  "unchecked": [],
  "revision": 7
}
--- stderr
set admin.password of cl-queue at revision 7

$ metactl env set --cluster cl-queue retention.hours=
--- stderr
set retention.hours of cl-queue at revision 8

$ metactl env unset --cluster cl-queue retention.hours -o json
{
  "cluster": "cl-queue",
  "keys": [
    "retention.hours"
  ],
  "unchanged": [],
  "unchecked": [],
  "revision": 9
}
--- stderr
unset retention.hours of cl-queue at revision 9

$ metactl get /cl-queue/env
/admin.name	admin
/admin.password	Sound-4-sleep
/features	metrics,audit
/port	7500
/sync.mode	all

"#]],
    );
    let ran = home.run_input(queue(&["env", "set", "admin.password=-"]), "From-1-stdin").ok();
    assert!(!ran.stderr.contains("From"), "{ran}");
    assert_eq!(home.run(["get", "/cl-queue/env/admin.password"]).ok().stdout, "From-1-stdin\n");
}

#[test]
fn nodes_of_a_role_follow() {
    let home = example_home();
    let instances = home.run(["instance", "list", "--cluster", "cl-queue", "-o", "json"]).ok();
    let list: serde_json::Value = serde_json::from_str(&instances.stdout).unwrap();
    let gateway = list.as_array().unwrap().iter().find(|one| one["role"] == "gateway").unwrap();
    let ip = gateway["ip"].as_str().unwrap();
    home.run(queue(&["env", "set", "port=7500"])).ok();
    home.run(queue(&["env", "set", "--role", "gateway", "port=8500"])).ok();
    home.run(queue(&["env", "unset", "retention.hours"])).ok();
    home.run(queue(&["env", "unset", "--role", "gateway", "tls.enabled"])).ok();
    assert_text(
        home.run(["--as", ip, "ls", "/self/env"]).ok().stdout,
        str![[r#"
admin.name
admin.password
features
port
sync.mode

"#]],
    );
    assert_eq!(home.run(["--as", ip, "get", "/self/env/port"]).ok().stdout, "8500\n");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let home = example_home();
    let commands: [&[&str]; 12] = [
        &[
            "env",
            "set",
            "--cluster",
            "cl-queue",
            "port=80",
            "prot=1",
            "admin.name=boss",
            "sync.mode=some",
        ],
        &["env", "set", "--cluster", "cl-queue", "port=many"],
        &["env", "set", "--cluster", "cl-queue", "admin.password=short"],
        &["env", "set", "--cluster", "cl-queue", "tls.enabled=true"],
        &["env", "set", "--cluster", "cl-queue", "--role", "gateway", "sync.mode=all"],
        &["env", "set", "--cluster", "cl-queue", "--role", "getaway", "port=8500"],
        &["env", "unset", "--cluster", "cl-queue", "port", "admin.name", "nowhere"],
        &["env", "unset", "--cluster", "cl-queue", "retention.huors", "nowhere"],
        &["env", "set", "--cluster", "cl-queue", "port"],
        &["env", "set", "--cluster", "cl-queue", "port=7500", "port=7501"],
        &["env", "set", "--cluster", "cl-queue", "port=-", "admin.password=-"],
        &["env", "set", "--cluster", "cl-queue", "a//b=1"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env set --cluster cl-queue port=80 prot=1 admin.name=boss sync.mode=some
--- stderr
error: setting parameters of cluster `cl-queue`: 4 things are wrong
  cause: `port`: `80` is too small; an integer from 1024 to 65535 is accepted
  cause: `prot` is no parameter of the app; near to it: `port`
  cause: `admin.name` cannot be changed once the cluster is there
  cause: `sync.mode`: `some` is not accepted; one of `none`, `majority` and `all` is
--- exit 2

$ metactl env set --cluster cl-queue port=many
--- stderr
error: setting parameters of cluster `cl-queue`
  cause: `port`: `many` is not an integer; an integer from 1024 to 65535 is accepted
--- exit 2

$ metactl env set --cluster cl-queue admin.password=short
--- stderr
error: setting parameters of cluster `cl-queue`
  cause: `admin.password`: the value does not match the pattern `^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,64}$`
--- exit 2

$ metactl env set --cluster cl-queue tls.enabled=true
--- stderr
error: setting parameters of cluster `cl-queue`
  cause: `tls.enabled` is a parameter of one role; add `--role gateway`
--- exit 2

$ metactl env set --cluster cl-queue --role gateway sync.mode=all
--- stderr
error: setting parameters of role `gateway` of cluster `cl-queue`
  cause: `sync.mode` is a parameter of all nodes; leave `--role` out
--- exit 2

$ metactl env set --cluster cl-queue --role getaway port=8500
--- stderr
error: cluster `cl-queue` has no role `getaway`; near to it: `gateway`
--- exit 3

$ metactl env unset --cluster cl-queue port admin.name nowhere
--- stderr
error: unsetting parameters of cluster `cl-queue`: 3 things are wrong
  cause: `port` is required; it can be set to another value only
  cause: `admin.name` is required; it can be set to another value only
  cause: not there: `nowhere`: parameters: `admin.name`, `admin.password`, `features`, `port`, `retention.hours` and `sync.mode`
--- exit 2

$ metactl env unset --cluster cl-queue retention.huors nowhere
--- stderr
error: cluster `cl-queue` does not have 2 of the parameters
  cause: `retention.huors`: near to it: `retention.hours`
  cause: `nowhere`: parameters: `admin.name`, `admin.password`, `features`, `port`, `retention.hours` and `sync.mode`
--- exit 3

$ metactl env set --cluster cl-queue port
--- stderr
error: `port` is not `KEY=VALUE`
--- exit 2

$ metactl env set --cluster cl-queue port=7500 port=7501
--- stderr
error: parameter `port` is named twice
--- exit 2

$ metactl env set --cluster cl-queue port=- admin.password=-
--- stderr
error: `port` and `admin.password` cannot both be standard input
--- exit 2

$ metactl env set --cluster cl-queue a//b=1
--- stderr
error: `a//b` is no name of a parameter
hint: See what there is: `metactl env get`
--- exit 2

"#]],
    );
    let wrong = queue(&["env", "set", "sync.mode=all", "port=1"]);
    let gone = queue(&["env", "unset", "features", "port"]);
    refuses_without_a_trace(&home, 2, &[&wrong, &gone]);
    refuses_without_a_trace(&home, 3, &[&queue(&["env", "unset", "features", "nowhere"])]);
}

#[test]
fn without_an_app_nothing_is_checked() {
    let home = scene::home();
    let commands: [&[&str]; 6] = [
        &["env", "set", "--cluster", "cl-one", "port=many", "s3/access_key_id=A"],
        &["env", "set", "--cluster", "cl-one", "--role", "worker", "threads=@x", "--literal"],
        &["env", "set", "--cluster", "cl-one", "s3=1"],
        &["env", "unset", "--cluster", "cl-one", "motd", "s3"],
        &["env", "get", "--cluster", "cl-one", "--role", "worker", "-o", "table"],
        &["env", "set", "--cluster", "cl-none", "x=1"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env set --cluster cl-one port=many s3/access_key_id=A
--- stderr
warning: cluster cl-one was made without an app: nothing was checked
set port, s3/access_key_id of cl-one at revision 8

$ metactl env set --cluster cl-one --role worker threads=@x --literal
--- stderr
warning: cluster cl-one was made without an app: nothing was checked
set threads of role worker of cl-one at revision 9

$ metactl env set --cluster cl-one s3=1
--- stderr
error: `/cl-one/env/s3` cannot be set: it is a directory
--- exit 4

$ metactl env unset --cluster cl-one motd s3
--- stderr
unset motd, s3 of cl-one at revision 10

$ metactl env get --cluster cl-one --role worker -o table
KEY       VALUE   ROLE     ACCEPTED
port      many
threads   @x      worker

$ metactl env set --cluster cl-none x=1
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

"#]],
    );
}

#[test]
fn a_pair_of_keys_is_a_directory() {
    let home = Home::new();
    let config = r#"{"type": "array", "properties": [{"key": "env", "type": "array", "properties": [
        {"key": "s3", "type": "accesskey", "default": "", "required": "no"}]}]}"#;
    home.file("app/config.json", config);
    let template = r#"{"name": "x", "nodes": {"count": 1}, "env": {"s3": {{env.s3}}}}"#;
    home.file("app/cluster.json.mustache", template);
    home.run(["cluster", "create", "--app", "app", "--id", "cl-x", "--seed", "1"]).ok();
    let commands: [&[&str]; 7] = [
        &["env", "set", "s3=AKID"],
        &["env", "set", "s3/third=x"],
        &["env", "set", r#"s3={"access_key_id": "AKID", "secret_access_key": "hidden"}"#],
        &["env", "get"],
        &["env", "set", "s3/secret_access_key=other"],
        &["get", "/self/env"],
        &["env", "unset", "s3"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env set s3=AKID
--- stderr
error: setting parameters of cluster `cl-x`
  cause: `s3` is a pair of keys; `s3/access_key_id=…` and `s3/secret_access_key=…` are accepted, or both in one object of JSON
--- exit 2

$ metactl env set s3/third=x
--- stderr
error: setting parameters of cluster `cl-x`
  cause: `s3/third` is no half of a pair of keys; `access_key_id` and `secret_access_key` are
--- exit 2

$ metactl env set 's3={"access_key_id": "AKID", "secret_access_key": "hidden"}'
--- stderr
set s3 of cl-x at revision 3

$ metactl env get
s3/access_key_id	AKID
s3/secret_access_key	********

$ metactl env set s3/secret_access_key=other
--- stderr
set s3/secret_access_key of cl-x at revision 4

$ metactl get /self/env
/s3/access_key_id	AKID
/s3/secret_access_key	other

$ metactl env unset s3
--- stderr
unset s3 of cl-x at revision 5

"#]],
    );
}

#[test]
fn an_operation_is_in_the_way() {
    let home = scene::home();
    scene::put_operation(&home, "cl-one");
    assert_text(
        session(&home, [&["env", "set", "--cluster", "cl-one", "port=1"]]),
        str![[r#"
$ metactl env set --cluster cl-one port=1
--- stderr
error: `cluster stop` is in flight on cluster `cl-one`: by ann@desk (process 7 on desk), since 2026-01-31T12:00:00Z
hint: See where it stands: `metactl scale status --cluster cl-one`
hint: Complete it with `metactl scale finish --cluster cl-one`, or undo it with `metactl scale abort --cluster cl-one`
--- exit 4

"#]],
    );
    let unset = ["env", "unset", "--cluster", "cl-one", "port"];
    refuses_without_a_trace(&home, 4, &[&unset]);
    home.run(["env", "set", "--cluster", "cl-two", "port=1"]).ok();
}

#[test]
fn nobody_needs_to_read_it() {
    let home = example_home();
    closed_pipe(&home, &queue(&["env", "set", "port=7500", "-o", "json"]));
    closed_pipe(&home, &queue(&["env", "unset", "features", "-o", "json"]));
}
