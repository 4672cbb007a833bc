//! `metactl get`

use std::io::pipe;
use std::process::Command;

use snapbox::str;

use crate::support::{Home, assert_transcript, sample};

mod etcd;
mod forms;
mod revisions;
mod values;

#[test]
fn a_leaf_is_its_value_and_a_directory_its_leaves() {
    let home = sample();
    assert_transcript(
        home.run(["get", "/cl-app/env/port"]),
        str![[r#"
$ metactl get /cl-app/env/port
8080

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env"]),
        str![[r#"
$ metactl get /cl-app/env
/key/access_key_id	AKID
/key/secret_access_key	hidden
/motd	hello\tthere\nback\\slash\n
/port	8080

"#]],
    );
    assert_transcript(
        home.run(["get", "//cl-app/env/port/", "/cl-zk/env"]),
        str![[r#"
$ metactl get //cl-app/env/port/ /cl-zk/env
/cl-app/env/port	8080
/cl-zk/env/tick	2000

"#]],
    );
}

#[test]
fn self_is_the_node_that_is_named() {
    let home = sample();
    assert_transcript(
        home.run(["get", "/self/host/ip", "--as", "192.168.100.3"]),
        str![[r#"
$ metactl get /self/host/ip --as 192.168.100.3
192.168.100.3

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip", "--as", "i-m1"]),
        str![[r#"
$ metactl get /self/host/ip --as i-m1
192.168.100.2

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip", "--as", "cln-m2"]),
        str![[r#"
$ metactl get /self/host/ip --as cln-m2
192.168.100.3

"#]],
    );
    assert_transcript(
        home.run(["get", "/self", "--as", "i-m1", "--keys-only"]),
        str![[r#"
$ metactl get /self --as i-m1 --keys-only
/cluster/cluster_id
/cluster/endpoints/admin/port
/cluster/endpoints/broken/port
/cluster/endpoints/client/port
/cluster/endpoints/client/protocol
/cluster/endpoints/shard/port
/env/key/access_key_id
/env/key/secret_access_key
/env/motd
/env/port
/host/attributes/color
/host/instance_id
/host/ip
/host/node_id
/host/sid
/hosts/master-replica/i-r1/instance_id
/hosts/master-replica/i-r1/ip
/hosts/master-replica/i-r1/node_id
/hosts/master-replica/i-r1/sid
/hosts/master/i-m1/attributes/color
/hosts/master/i-m1/instance_id
/hosts/master/i-m1/ip
/hosts/master/i-m1/node_id
/hosts/master/i-m1/sid
/hosts/master/i-m2/instance_id
/hosts/master/i-m2/ip
/hosts/master/i-m2/node_id
/hosts/master/i-m2/sid
/links/zk/cluster/cluster_id
/links/zk/env/tick
/links/zk/links/other
/project/attributes/color
/project/attributes/size

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip"]),
        str![[r#"
$ metactl get /self/host/ip
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip", "--as", "i-gone"]),
        str![[r#"
$ metactl get /self/host/ip --as i-gone
--- stderr
error: no mapping leads to the node `i-gone`
hint: List the nodes: `metactl instance list`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip", "--as", "me"]),
        str![[r#"
$ metactl get /self/host/ip --as me
--- stderr
error: `me` names no node; an ip, an instance id (`i-…`) or a node id (`cln-…`) is accepted
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host", "--as", "10.9.9.9"]),
        str![[r#"
$ metactl get /self/host --as 10.9.9.9
--- stderr
error: there is nothing at `/self/host`
hint: Give `10.9.9.9` a mapping: `metactl mapping set 10.9.9.9 …`
--- exit 3

"#]],
    );
}

#[test]
fn links_are_followed_one_level_deep() {
    let home = sample();
    assert_transcript(
        home.run(["get", "/cl-app/links/zk/env/tick"]),
        str![[r#"
$ metactl get /cl-app/links/zk/env/tick
2000

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/links/zk"]),
        str![[r#"
$ metactl get /cl-app/links/zk
cl-zk

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/links/zk", "--as", "i-m1"]),
        str![[r#"
$ metactl get /self/links/zk --as i-m1
/cluster/cluster_id	cl-zk
/env/tick	2000
/links/other	cl-app

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/links/zk/links/other/env"]),
        str![[r#"
$ metactl get /cl-app/links/zk/links/other/env
--- stderr
error: there is nothing at `/cl-app/links/zk/links/other/env`
hint: Type `metactl get /cl-app/links/zk/links/other`: that is a leaf
--- exit 3

"#]],
    );
}

#[test]
fn what_is_absent_has_a_default_or_is_an_error() {
    let home = sample();
    assert_transcript(
        home.run(["get", "/cl-app/none", "--default", "-1"]),
        str![[r#"
$ metactl get /cl-app/none --default -1
-1

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env/prot"]),
        str![[r#"
$ metactl get /cl-app/env/prot
--- stderr
error: there is nothing at `/cl-app/env/prot`
hint: Type `metactl get /cl-app/env/port` if that was meant
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env/port", "/cl-app/none"]),
        str![[r#"
$ metactl get /cl-app/env/port /cl-app/none
--- stderr
error: there is nothing at `/cl-app/none`
hint: See what there is: `metactl ls /cl-app`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "/hosts"]),
        str![[r#"
$ metactl get /hosts
--- stderr
error: there is nothing at `/hosts`
hint: Type the path of this node's view: `metactl get /self/hosts`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env/port/x"]),
        str![[r#"
$ metactl get /cl-app/env/port/x
--- stderr
error: there is nothing at `/cl-app/env/port/x`
hint: Type `metactl get /cl-app/env/port`: that is a leaf
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/adding-hosts", "--as", "i-m1"]),
        str![[r#"
$ metactl get /self/adding-hosts --as i-m1
--- stderr
error: there is nothing at `/self/adding-hosts`
hint: See what there is: `metactl ls /self`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["get", "env"]),
        str![[r#"
$ metactl get env
--- stderr
error: path `env` does not start with `/`
hint: Type the whole path, as in `/env`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/../x"]),
        str![[r#"
$ metactl get /cl-app/../x
--- stderr
error: path `/cl-app/../x` holds the segment `..`, which is not accepted
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/_metactl/self"]),
        str![[r#"
$ metactl get /_metactl/self
--- stderr
error: `/_metactl/self` is among metactl's own records, which are not part of the tree
--- exit 2

"#]],
    );
    assert_transcript(
        Home::new().run(["get", "/"]),
        str![[r#"
$ metactl get /
--- stderr
error: there is nothing at `/`
--- exit 3

"#]],
    );
}

#[test]
fn keys_and_raw_values() {
    let home = sample();
    assert_transcript(
        home.run(["get", "/cl-zk", "--keys-only"]),
        str![[r#"
$ metactl get /cl-zk --keys-only
/cluster/cluster_id
/env/tick
/links/other

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk", "--keys-only", "-o", "json"]),
        str![[r#"
$ metactl get /cl-zk --keys-only -o json
[
  "/cluster/cluster_id",
  "/env/tick",
  "/links/other"
]

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env", "/cl-app/env/port", "--keys-only"]),
        str![[r#"
$ metactl get /cl-zk/env /cl-app/env/port --keys-only
/cl-zk/env/tick
/cl-app/env/port

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env/port", "--raw"]),
        str![[r#"
$ metactl get /cl-app/env/port --raw
8080⏎̸

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-app/env", "--raw"]),
        str![[r#"
$ metactl get /cl-app/env --raw
--- stderr
error: `--raw` prints one leaf, and `/cl-app/env` is a directory
hint: Leave `--raw` out, or list its leaves: `metactl get --keys-only /cl-app/env`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env/tick", "/cl-zk/env", "--raw"]),
        str![[r#"
$ metactl get /cl-zk/env/tick /cl-zk/env --raw
--- stderr
error: `--raw` prints one leaf, and several paths are given
hint: Leave `--raw` out, or get them one by one
--- exit 2

"#]],
    );
}

#[test]
fn ports_are_resolved() {
    let home = sample();
    let port = |service: &str| {
        home.run(["get", &format!("/cl-app/cluster/endpoints/{service}/port"), "--resolve"])
    };
    assert_transcript(
        port("client"),
        str![[r#"
$ metactl get /cl-app/cluster/endpoints/client/port --resolve
8080

"#]],
    );
    assert_transcript(
        port("shard"),
        str![[r#"
$ metactl get /cl-app/cluster/endpoints/shard/port --resolve
7000

"#]],
    );
    assert_transcript(
        port("admin"),
        str![[r#"
$ metactl get /cl-app/cluster/endpoints/admin/port --resolve
9000

"#]],
    );
    assert_transcript(
        port("broken"),
        str![[r#"
$ metactl get /cl-app/cluster/endpoints/broken/port --resolve
--- stderr
error: the port at `/cl-app/cluster/endpoints/broken/port` is `env.nowhere`, and there is no such parameter at `/cl-app/env/nowhere`
hint: See the parameters: `metactl get /cl-app/env`
--- exit 3

"#]],
    );
    let linked = "/self/cluster/endpoints/client";
    assert_transcript(
        home.run(["get", linked, "--resolve", "--as", "i-m1"]),
        str![[r#"
$ metactl get /self/cluster/endpoints/client --resolve --as i-m1
/port	8080
/protocol	tcp

"#]],
    );
    home.run(["put", "/cl-app/env/port", "eighty"]).ok();
    assert_transcript(
        port("client"),
        str![[r#"
$ metactl get /cl-app/cluster/endpoints/client/port --resolve
--- stderr
error: the port at `/cl-app/cluster/endpoints/client/port` is `env.port`, and the parameter `/cl-app/env/port` is no port: `eighty`
--- exit 2

"#]],
    );
}

#[test]
fn attributes_are_completed_by_the_project() {
    let home = sample();
    let get = |path: &str| home.run(["get", path, "--or-project", "--as", "i-m1"]);
    assert_transcript(
        get("/self/host/attributes/color"),
        str![[r#"
$ metactl get /self/host/attributes/color --or-project --as i-m1
red

"#]],
    );
    assert_transcript(
        get("/self/host/attributes/size"),
        str![[r#"
$ metactl get /self/host/attributes/size --or-project --as i-m1
large

"#]],
    );
    assert_transcript(
        get("/self/host/attributes"),
        str![[r#"
$ metactl get /self/host/attributes --or-project --as i-m1
/color	red
/size	large

"#]],
    );
    assert_transcript(
        get("/cl-app/hosts/master/i-m2/attributes"),
        str![[r#"
$ metactl get /cl-app/hosts/master/i-m2/attributes --or-project --as i-m1
/color	blue
/size	large

"#]],
    );
    assert_transcript(
        get("/self/host/attributes/none"),
        str![[r#"
$ metactl get /self/host/attributes/none --or-project --as i-m1
--- stderr
error: there is nothing at `/self/host/attributes/none`
hint: See what there is: `metactl ls /self/host/attributes`
--- exit 3

"#]],
    );
    assert_transcript(
        get("/self/env"),
        str![[r#"
$ metactl get /self/env --or-project --as i-m1
--- stderr
error: `/self/env` is no instance's custom metadata, which `--or-project` is for
hint: Ask for `/self/host/attributes/KEY`
--- exit 2

"#]],
    );
}

#[test]
fn nobody_needs_to_read_to_the_end() {
    let home = sample();
    home.run_input(["put", "/cl-app/env/long", "-"], "x".repeat(200_000)).ok();
    for words in [
        &["get", "/"][..],
        &["get", "/cl-app", "-o", "json"],
        &["get", "/cl-app", "-o", "yaml"],
        &["get", "/cl-app", "-o", "env"],
        &["get", "/cl-app/env/long", "--raw"],
        &["ls", "/cl-app"],
        &["tree"],
        &["dump"],
        &["dump", "-o", "json"],
    ] {
        assert_quiet_end(home.command(words), words);
    }
}

/// With a reader that is gone before the program starts.
fn assert_quiet_end(mut command: Command, words: &[&str]) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{words:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
}
