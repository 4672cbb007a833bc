//! `metactl ls`

use snapbox::str;

use crate::support::{Home, assert_transcript, sample};

#[test]
fn names_stand_one_a_line() {
    let home = sample();
    assert_transcript(
        home.run(["ls"]),
        str![[r#"
$ metactl ls
cl-app/
cl-zk/
projects/

"#]],
    );
    assert_transcript(
        home.run(["ls", "--as", "i-m1"]),
        str![[r#"
$ metactl ls --as i-m1
cl-app/
cl-zk/
projects/
self/

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-app/hosts"]),
        str![[r#"
$ metactl ls /cl-app/hosts
master/
master-replica/

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-app/env/port"]),
        str![[r#"
$ metactl ls /cl-app/env/port
port

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-zk", "-o", "json"]),
        str![[r#"
$ metactl ls /cl-zk -o json
[
  {
    "name": "cluster",
    "directory": true
  },
  {
    "name": "env",
    "directory": true
  },
  {
    "name": "links",
    "directory": true
  }
]

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-zk", "-o", "yaml"]),
        str![[r#"
$ metactl ls /cl-zk -o yaml
- directory: true
  name: cluster
- directory: true
  name: env
- directory: true
  name: links

"#]],
    );
}

#[test]
fn links_show_where_they_lead() {
    let home = sample();
    assert_transcript(
        home.run(["ls", "/self", "--as", "i-m1"]),
        str![[r#"
$ metactl ls /self --as i-m1
cluster/
env/
host/
hosts/
links/
project/

"#]],
    );
    assert_transcript(
        home.run(["ls", "/self/links", "--as", "i-m1"]),
        str![[r#"
$ metactl ls /self/links --as i-m1
zk/

"#]],
    );
    assert_transcript(
        home.run(["ls", "/self/links/zk", "--as", "i-m1"]),
        str![[r#"
$ metactl ls /self/links/zk --as i-m1
cluster/
env/
links/

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-app/links/zk/env"]),
        str![[r#"
$ metactl ls /cl-app/links/zk/env
tick

"#]],
    );
}

#[test]
fn nothing_is_empty_at_the_root_and_an_error_elsewhere() {
    let home = Home::new();
    assert_transcript(
        home.run(["ls"]),
        str![[r#"
$ metactl ls
--- stderr
`/` holds nothing yet

"#]],
    );
    assert_transcript(
        home.run(["ls", "-o", "json"]),
        str![[r#"
$ metactl ls -o json
[]
--- stderr
`/` holds nothing yet

"#]],
    );
    assert_transcript(
        home.run(["ls", "/cl-app"]),
        str![[r#"
$ metactl ls /cl-app
--- stderr
error: there is nothing at `/cl-app`
hint: See what there is: `metactl ls /`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["ls", "/self"]),
        str![[r#"
$ metactl ls /self
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["ls", "/_metactl"]),
        str![[r#"
$ metactl ls /_metactl
--- stderr
error: `/_metactl` is among metactl's own records, which are not part of the tree
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["ls", "-o", "env"]),
        str![[r#"
$ metactl ls -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

"#]],
    );
}
