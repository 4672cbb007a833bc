//! Upgrading clusters.

use serde_json::Value;
use snapbox::str;

use super::create::example_home;
use crate::cli::scene::{closed_pipe, home_on_etcd, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

/// The example's package, changed by replacements.
fn package(home: &Home, name: &str, changes: &[(&str, &str)]) {
    for file in ["config.json", "cluster.json.mustache"] {
        let path = format!("{}/examples/queue/{file}", env!("CARGO_MANIFEST_DIR"));
        let mut text = std::fs::read_to_string(path).unwrap();
        for (from, to) in changes {
            text = text.replace(from, to);
        }
        home.file(&format!("{name}/{file}"), text);
    }
}

/// The next version: a parameter of all nodes and one of a role come, one goes,
/// and an endpoint has another protocol.
const NEXT: [(&str, &str); 7] = [
    ("\"3.0.1\"", "\"4.0.0\""),
    (
        "{ \"key\": \"features\",",
        "{ \"key\": \"quota\", \"type\": \"integer\", \"default\": 10 }, { \"key\": \"token\", \"type\": \"password\", \"default\": \"s3cret-default\" }, { \"key\": \"unused\",",
    ),
    ("\"features\": {{env.features}}", "\"quota\": {{env.quota}}, \"token\": {{env.token}}"),
    (
        "{ \"key\": \"tls.enabled\",",
        "{ \"key\": \"limit\", \"type\": \"integer\", \"default\": 5 }, { \"key\": \"tls.enabled\",",
    ),
    ("\"tls.enabled\": {{", "\"limit\": {{env.gateway.limit}}, \"tls.enabled\": {{"),
    ("\"env.port\", \"protocol\": \"tcp\"", "\"env.port\", \"protocol\": \"http\""),
    ("app-queue001", "app-queue002"),
];

/// Tree, mapping and what metactl keeps of the cluster.
fn everything(home: &Home) -> String {
    let show = |words: &[&str]| home.run(words).ok().stdout;
    show(&["export"])
        + &show(&["mapping", "get", "-o", "json"])
        + &show(&["cluster", "show", "cl-queue"])
        + &show(&["env", "get", "--cluster", "cl-queue", "-o", "table"])
}

fn queue_on_etcd() -> (Home, crate::support::etcd::Etcd) {
    let (home, etcd) = home_on_etcd();
    let app = super::packages::example("queue");
    home.run(["cluster", "create", "--app", &app, "--id", "cl-queue", "--seed", "2"]).ok();
    (home, etcd)
}

#[test]
fn an_upgrade_is_seen_while_it_runs() {
    let home = example_home();
    package(&home, "queue-4", &NEXT);
    home.run(["env", "set", "--cluster", "cl-queue", "port=7500"]).ok();
    let node = ["--as", "192.168.100.8"];
    let commands: [&[&str]; 7] = [
        &["cluster", "upgrade", "cl-queue", "--app", "queue-4", "--hold", "-o", "value"],
        &[&node[..], &["get", "/self/cluster/upgrade-audit"]].concat(),
        &[&node[..], &["get", "/self/env"]].concat(),
        &["scale", "finish", "--cluster", "cl-queue", "-o", "value"],
        &[&node[..], &["get", "/self/env"]].concat(),
        &["get", "/cl-queue/cluster/upgrade-audit"],
        &["get", "/cl-queue/cluster"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster upgrade cl-queue --app queue-4 --hold -o value
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
--- stderr
register (1 of 2): 19 keys changed at revision 5
cluster upgrade of cluster cl-queue is held before complete
hint: Go on with `metactl scale finish --cluster cl-queue`, or undo it with `metactl scale abort --cluster cl-queue`

$ metactl --as 192.168.100.8 get /self/cluster/upgrade-audit
/from_app_version	3.0.1
/to_app_version	4.0.0

$ metactl --as 192.168.100.8 get /self/env
/admin.name	admin
/admin.password	Change-me-1
/features	metrics
/limit	5
/port	8400
/quota	10
/retention.hours	72
/sync.mode	majority
/tls.enabled	false
/token	s3cret-default

$ metactl scale finish --cluster cl-queue -o value
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
[INSTANCE]
--- stderr
complete (2 of 2): 7 keys changed at revision 7
cluster upgrade of cluster cl-queue is done

$ metactl --as 192.168.100.8 get /self/env
/admin.name	admin
/admin.password	Change-me-1
/limit	5
/port	8400
/quota	10
/retention.hours	72
/sync.mode	majority
/tls.enabled	false
/token	s3cret-default

$ metactl get /cl-queue/cluster/upgrade-audit
--- stderr
error: there is nothing at `/cl-queue/cluster/upgrade-audit`
hint: See what there is: `metactl ls /cl-queue/cluster`
--- exit 3

$ metactl get /cl-queue/cluster
/app_id	app-queue002
/cluster_id	cl-queue
/endpoints/client/port	env.gateway.port
/endpoints/client/protocol	tcp
/endpoints/reserved_ips/write_ip/value	192.168.100.11
/endpoints/shards/port	env.port
/endpoints/shards/protocol	http
/global_uuid	33db7430-40f8-4a8e-a9c9-32d26834c151
/vxnet	vxnet-0
/zone	local

"#]],
    );
    let shown = home.run(["cluster", "show", "cl-queue", "-o", "json"]).ok();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((&shown["version"], &shown["app"]), (&"4.0.0".into(), &"queue-4".into()));
    home.run(["env", "set", "--cluster", "cl-queue", "quota=11"]).ok();
    assert_eq!(home.run(["env", "set", "--cluster", "cl-queue", "features=audit"]).code, 2);
}

#[test]
fn an_upgrade_goes_back() {
    goes_back(&example_home());
}

#[test]
fn an_upgrade_goes_back_on_etcd() {
    let (home, _etcd) = queue_on_etcd();
    goes_back(&home);
}

fn goes_back(home: &Home) {
    package(home, "queue-4", &NEXT);
    let before = everything(home);
    let upgrade = ["cluster", "upgrade", "cl-queue", "--app", "queue-4"];
    home.run([&upgrade[..], &["--set", "env.port=7777", "--hold"]].concat()).ok();
    assert_eq!(home.run(["get", "/cl-queue/env/port"]).ok().stdout, "7777\n");
    assert_ne!(everything(home), before);
    home.run(["scale", "abort", "--cluster", "cl-queue"]).ok();
    assert_eq!(everything(home), before);
    // Also when the last phase is done, and what has vanished with it.
    let check = "[ $METACTL_PHASE = register ]";
    let ran = home.run([&upgrade[..], &["--assert", check]].concat());
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("was undone at revision"), "{ran}");
    assert_eq!(everything(home), before);
}

#[test]
fn what_does_not_fit_is_told_before_anything_is_written() {
    let home = example_home();
    home.run(["env", "set", "--cluster", "cl-queue", "retention.hours=5000"]).ok();
    let narrow = [
        ("\"max\": 8760", "\"max\": 100"),
        (
            "{ \"key\": \"features\",",
            "{ \"key\": \"must\", \"type\": \"string\", \"default\": \"\", \"required\": \"yes\" }, { \"key\": \"features\",",
        ),
        ("\"features\": {{", "\"must\": {{env.must}}, \"features\": {{"),
    ];
    package(&home, "narrow", &narrow);
    package(
        &home,
        "other",
        &[
            ("\"gateway\"", "\"proxy\""),
            ("env.gateway", "env.proxy"),
            ("cluster.gateway", "cluster.proxy"),
        ],
    );
    package(&home, "broken", &[("\"roles\"", ""), ("{{cluster.name}}", "{{cluster.nmae}}")]);
    let upgrade = ["cluster", "upgrade", "cl-queue", "--app"];
    let commands: [&[&str]; 5] = [
        &[&upgrade[..], &["narrow"]].concat(),
        &[&upgrade[..], &["narrow", "--set", "env.msut=1", "--set", "env.must="]].concat(),
        &[&upgrade[..], &["other"]].concat(),
        &[&upgrade[..], &["broken"]].concat(),
        &[&upgrade[..], &["nowhere"]].concat(),
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster upgrade cl-queue --app narrow
--- stderr
error: upgrading cluster `cl-queue`: 2 things are wrong
  cause: `must` is required, and has no value; a string is accepted; `--set env.must=…` gives it a value
  cause: `retention.hours` does not fit: `5000` is too large; an integer from 1 to 100 is accepted; `--set env.retention.hours=…` gives it a value
--- exit 2

$ metactl cluster upgrade cl-queue --app narrow --set env.msut=1 --set env.must=
--- stderr
error: upgrading cluster `cl-queue`: 3 things are wrong
  cause: --set, `env.msut`: no property of the app has this name; near to it: `env.must`
  cause: --set, `env.must`: is required, and has no value; a string is accepted
  cause: `retention.hours` does not fit: `5000` is too large; an integer from 1 to 100 is accepted; `--set env.retention.hours=…` gives it a value
--- exit 2

$ metactl cluster upgrade cl-queue --app other
--- stderr
error: cluster `cl-queue` has nodes of role `gateway`, which the new version does not have
--- exit 2

$ metactl cluster upgrade cl-queue --app broken
--- stderr
error: reading app package `broken`
  cause: cluster.json.mustache line 2, `cluster.nmae`: no property of `config.json` has this name; near to it: `cluster.name`
--- exit 2

$ metactl cluster upgrade cl-queue --app nowhere
--- stderr
error: reading app package `nowhere`
  cause: No such file or directory (os error 2)
--- exit 3

"#]],
    );
    refuses_without_a_trace(&home, 2, &[&[&upgrade[..], &["narrow"]].concat()]);
    refuses_without_a_trace(&home, 3, &[&["cluster", "upgrade", "cl-none", "--app", "narrow"]]);
    home.file("values.yaml", "env: {must: x, retention.hours: 99}\n");
    home.run([&upgrade[..], &["narrow", "--values", "values.yaml"]].concat()).ok();
    assert_eq!(home.run(["get", "/cl-queue/env/retention.hours"]).ok().stdout, "99\n");
}

#[test]
fn no_secret_comes_into_the_record_of_the_operation() {
    let (home, etcd) = queue_on_etcd();
    package(&home, "queue-4", &NEXT);
    let upgrade = ["cluster", "upgrade", "cl-queue", "--app", "queue-4", "--hold"];
    home.run([&upgrade[..], &["--set", "env.token=Very-secret-1"]].concat()).ok();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let record = runtime.block_on(async {
        let mut client = etcd.client().await;
        let found = client.get("/_metactl/ops/cl-queue", None).await.unwrap();
        found.kvs()[0].value_str().unwrap().to_owned()
    });
    assert!(record.contains("cl-queue"), "{record}");
    for secret in ["Very-secret-1", "Change-me-1"] {
        assert!(!record.contains(secret), "{record}");
    }
    home.run(["scale", "finish", "--cluster", "cl-queue"]).ok();
    assert_eq!(home.run(["get", "/cl-queue/env/token"]).ok().stdout, "Very-secret-1\n");
}

#[test]
fn it_can_be_tried() {
    let home = example_home();
    package(&home, "queue-4", &NEXT);
    let before = everything(&home);
    let upgrade = ["cluster", "upgrade", "cl-queue", "--app", "queue-4"];
    let ran = home.run([&upgrade[..], &["--dry-run"]].concat()).ok();
    assert!(ran.stdout.contains("/cl-queue/env/quota"), "{ran}");
    assert!(ran.stdout.contains("/cl-queue/cluster/upgrade-audit/to_app_version"), "{ran}");
    assert_eq!(everything(&home), before);
    closed_pipe(&home, &upgrade);
}
