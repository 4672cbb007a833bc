//! `metactl instance` and `metactl project`

use snapbox::str;

use super::scene::{self, closed_pipe, session};
use crate::support::{Home, assert_text};

#[test]
fn it_lists_instances() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["instance", "list"],
            &["instance", "list", "-o", "table"],
            &["instance", "list", "--cluster", "cl-two", "-o", "json"],
            &["instance", "list", "--role", "worker", "-o", "yaml"],
            &["instance", "list", "--role", "worker", "-o", "value"],
            &["instance", "list", "--role", "none"],
            &["instance", "list", "--role", "none", "-o", "json"],
            &["instance", "list", "--cluster", "cl-none"],
            &["instance", "list", "-o", "tree"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl instance list
i-m1	10.0.0.2	cl-one	master	1	1	cln-m1	active
i-w1	10.0.0.3	cl-one	worker	2	2	cln-w1	active
i-w2	10.0.0.4	cl-one	worker	10	3	cln-w2	adding
i-x1	10.0.0.9	cl-two		1		cln-x1	active

$ metactl instance list -o table
INSTANCE   IP         CLUSTER   ROLE     SID   GID   NODE     STATE
i-m1       10.0.0.2   cl-one    master     1     1   cln-m1   active
i-w1       10.0.0.3   cl-one    worker     2     2   cln-w1   active
i-w2       10.0.0.4   cl-one    worker    10     3   cln-w2   adding
i-x1       10.0.0.9   cl-two               1         cln-x1   active

$ metactl instance list --cluster cl-two -o json
[
  {
    "instance_id": "i-x1",
    "ip": "10.0.0.9",
    "cluster": "cl-two",
    "role": "",
    "sid": "1",
    "gid": "",
    "node_id": "cln-x1",
    "state": "active"
  }
]

$ metactl instance list --role worker -o yaml
- cluster: cl-one
  gid: "2"
  instance_id: i-w1
  ip: 10.0.0.3
  node_id: cln-w1
  role: worker
  sid: "2"
  state: active
- cluster: cl-one
  gid: "3"
  instance_id: i-w2
  ip: 10.0.0.4
  node_id: cln-w2
  role: worker
  sid: "10"
  state: adding

$ metactl instance list --role worker -o value
i-w1
i-w2

$ metactl instance list --role none
--- stderr
there is no such instance

$ metactl instance list --role none -o json
[]
--- stderr
there is no such instance

$ metactl instance list --cluster cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

$ metactl instance list -o tree
--- stderr
error: output format `tree` is not one of this command
hint: Choose one of `-o text|json|yaml|table|value`
--- exit 2

"#]],
    );
    assert_text(
        session(&Home::new(), [&["instance", "list"]]),
        str![[r#"
$ metactl instance list
--- stderr
there is no such instance

"#]],
    );
}

#[test]
fn it_shows_one() {
    let home = scene::home();
    home.run(["add-metadata", "i-m1", "--metadata", "^;^motd=one\ntwo;a=1"]).ok();
    let text = session(
        &home,
        [
            &["instance", "show", "i-m1"],
            &["instance", "show", "10.0.0.2", "--effective", "-o", "table"],
            &["instance", "show", "cln-m1", "--effective", "-o", "json"],
            &["--as", "10.0.0.9", "instance", "show", "self", "-o", "yaml"],
            &["instance", "show", "i-none"],
            &["instance", "show", "master"],
            &["instance", "show", "i-m1", "-o", "env"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl instance show i-m1
gid	1
instance_id	i-m1
ip	10.0.0.2
node_id	cln-m1
role	master
sid	1
attributes/a	1
attributes/motd	one\ntwo

$ metactl instance show 10.0.0.2 --effective -o table
KEY               VALUE
path              /cl-one/hosts/master/i-m1
gid               1
instance_id       i-m1
ip                10.0.0.2
node_id           cln-m1
role              master
sid               1
attributes/a      1
attributes/motd   one\ntwo
attributes/tier   web

$ metactl instance show cln-m1 --effective -o json
{
  "instance_id": "i-m1",
  "cluster": "cl-one",
  "path": "/cl-one/hosts/master/i-m1",
  "host": {
    "gid": "1",
    "instance_id": "i-m1",
    "ip": "10.0.0.2",
    "node_id": "cln-m1",
    "role": "master",
    "sid": "1"
  },
  "attributes": {
    "a": "1",
    "motd": "one\ntwo",
    "tier": "web"
  }
}

$ metactl --as 10.0.0.9 instance show self -o yaml
attributes: {}
cluster: cl-two
host:
  instance_id: i-x1
  ip: 10.0.0.9
  node_id: cln-x1
  sid: "1"
instance_id: i-x1
path: /cl-two/hosts/i-x1

$ metactl instance show i-none
--- stderr
error: no mapping leads to the node `i-none`
hint: List the nodes: `metactl instance list`
--- exit 3

$ metactl instance show master
--- stderr
error: `master` names no node; an ip, an instance id (`i-…`) or a node id (`cln-…`) is accepted
--- exit 2

$ metactl instance show i-m1 -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

"#]],
    );
}

#[test]
fn it_shows_projects() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["project", "list"],
            &["project", "list", "-o", "table"],
            &["project", "list", "-o", "json"],
            &["project", "list", "-o", "value"],
            &["project", "show", "web"],
            &["project", "show", "web", "-o", "table"],
            &["project", "show", "web", "-o", "yaml"],
            &["project", "show", "-o", "json"],
            &["project", "show", "none"],
            &["project", "show", "a/b"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl project list
default	0
web	2

$ metactl project list -o table
PROJECT   ATTRIBUTES
default            0
web                2

$ metactl project list -o json
[
  {
    "project": "default",
    "attributes": 0
  },
  {
    "project": "web",
    "attributes": 2
  }
]

$ metactl project list -o value
default
web

$ metactl project show web
attributes/motd	from the project
attributes/tier	web

$ metactl project show web -o table
ATTRIBUTE   VALUE
motd        from the project
tier        web

$ metactl project show web -o yaml
attributes:
  motd: from the project
  tier: web
project: web

$ metactl project show -o json
{
  "project": "default",
  "attributes": {}
}
--- stderr
the project default has no metadata

$ metactl project show none
--- stderr
error: there is no project `none`
hint: List the projects: `metactl project list`
--- exit 3

$ metactl project show a/b
--- stderr
error: name `a/b` holds `/`; a segment is text without `/` and control characters
--- exit 2

"#]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = scene::home();
    for words in
        [["instance", "list"], ["instance", "show"], ["project", "list"], ["project", "show"]]
    {
        let mut words = words.to_vec();
        if words == ["instance", "show"] {
            words.push("i-m1");
        }
        closed_pipe(&home, &[&words[..], &["-o", "json"]].concat());
    }
}
