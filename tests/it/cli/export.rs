//! `metactl export`

use snapbox::str;

use super::scene::{self, closed_pipe, session};
use crate::support::{Home, assert_text};

#[test]
fn it_prints_a_document() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["export"],
            &["export", "/cl-one/env", "-o", "json"],
            &["export", "/cl-one/env", "-o", "text"],
            &["export", "/cl-one/env", "--at", "/cl-one/env"],
            &["export", "/cl-one/env/port"],
            &["--as", "i-w1", "export", "/self/host"],
            &["--as", "i-w1", "export", "/self/host", "--at", "/self/host", "-o", "json"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl export
cl-one:
  adding-hosts:
    worker:
      i-w2:
        gid: "3"
        instance_id: i-w2
        ip: 10.0.0.4
        node_id: cln-w2
        role: worker
        sid: "10"
  cluster:
    cluster_id: cl-one
    zone: pek3
  env:
    motd: |
      one
      two
    port: "2181"
  hosts:
    master:
      i-m1:
        gid: "1"
        instance_id: i-m1
        ip: 10.0.0.2
        node_id: cln-m1
        role: master
        sid: "1"
    worker:
      i-w1:
        gid: "2"
        instance_id: i-w1
        ip: 10.0.0.3
        node_id: cln-w1
        role: worker
        sid: "2"
      i-w2:
        gid: "3"
        instance_id: i-w2
        ip: 10.0.0.4
        node_id: cln-w2
        role: worker
        sid: "10"
cl-two:
  cluster:
    cluster_id: cl-two
  hosts:
    i-x1:
      instance_id: i-x1
      ip: 10.0.0.9
      node_id: cln-x1
      sid: "1"
projects:
  web:
    attributes:
      motd: from the project
      tier: web

$ metactl export /cl-one/env -o json
{
  "cl-one": {
    "env": {
      "motd": "one\ntwo\n",
      "port": "2181"
    }
  }
}

$ metactl export /cl-one/env -o text
/cl-one/env/motd	one\ntwo\n
/cl-one/env/port	2181

$ metactl export /cl-one/env --at /cl-one/env
motd: |
  one
  two
port: "2181"

$ metactl export /cl-one/env/port
cl-one:
  env:
    port: "2181"

$ metactl --as i-w1 export /self/host
cl-one:
  hosts:
    worker:
      i-w1:
        gid: "2"
        instance_id: i-w1
        ip: 10.0.0.3
        node_id: cln-w1
        role: worker
        sid: "2"

$ metactl --as i-w1 export /self/host --at /self/host -o json
{
  "gid": "2",
  "instance_id": "i-w1",
  "ip": "10.0.0.3",
  "node_id": "cln-w1",
  "role": "worker",
  "sid": "2"
}

"#]],
    );
}

#[test]
fn it_goes_back_in_time() {
    let home = Home::new();
    home.run(["put", "/x", "1"]).ok();
    home.run(["put", "/x", "2"]).ok();
    let text = session(
        &home,
        [&["export", "--rev", "2"], &["export", "/x", "--rev", "3"], &["export", "--rev", "9"]],
    );
    assert_text(
        text,
        str![[r#"
$ metactl export --rev 2
x: "1"

$ metactl export /x --rev 3
x: "2"

$ metactl export --rev 9
--- stderr
error: revision `9` has not happened yet; the newest is 3
--- exit 2

"#]],
    );
}

#[test]
fn it_refuses_what_is_not_there() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["export", "/nothing"],
            &["export", "/_metad/mapping"],
            &["export", "/_metactl"],
            &["export", "/cl-one/env", "--at", "/cl-two"],
            &["export", "/cl-one/env/port", "--at", "/cl-one/env/port"],
            &["export", "-o", "table"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl export /nothing
--- stderr
error: there is nothing at `/nothing`
hint: See what there is: `metactl ls /`
--- exit 3

$ metactl export /_metad/mapping
--- stderr
error: `/_metad/mapping` is not part of documents
hint: See the links of nodes: `metactl mapping get`
--- exit 2

$ metactl export /_metactl
--- stderr
error: `/_metactl` is not part of documents
hint: See the links of nodes: `metactl mapping get`
--- exit 2

$ metactl export /cl-one/env --at /cl-two
--- stderr
error: `/cl-one/env` is not below the document's top, `/cl-two`
hint: Choose a directory above it, as in `--at /`
--- exit 2

$ metactl export /cl-one/env/port --at /cl-one/env/port
--- stderr
error: `/cl-one/env/port` is not below the document's top, `/cl-one/env/port`
hint: Choose a directory above it, as in `--at /`
--- exit 2

$ metactl export -o table
--- stderr
error: output format `table` is not one of this command
hint: Choose one of `-o yaml|json|text`
--- exit 2

"#]],
    );
    assert_text(
        session(&Home::new(), [&["export"], &["export", "-o", "json"]]),
        str![[r#"
$ metactl export
{}

$ metactl export -o json
{}

"#]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = scene::home();
    for format in ["yaml", "json", "text"] {
        closed_pipe(&home, &["export", "-o", format]);
    }
}
