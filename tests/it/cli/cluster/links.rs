//! Linking clusters, and taking links away.

use std::process::Stdio;

use snapbox::str;

use super::create::example_home;
use super::packages::example;
use crate::cli::scene::{
    self, closed_pipe, home_on_etcd, put_operation, refuses_without_a_trace, session,
};
use crate::support::{Home, assert_text};

#[test]
fn nodes_follow_a_link_at_once() {
    let home = example_home();
    home.run(["cluster", "create", "--role", "=2", "--id", "cl-other", "--seed", "9"]).ok();
    let port = "/self/links/coordinator_service/cluster/cluster_id";
    let node = ["--as", "192.168.100.4"];
    let commands: [&[&str]; 8] = [
        &["cluster", "unlink", "cl-queue", "coordinator_service"],
        &[&node[..], &["get", port]].concat(),
        &["cluster", "link", "cl-queue", "coordinator_service=cl-other"],
        &[&node[..], &["get", port]].concat(),
        &["cluster", "link", "cl-queue", "coordinator_service=cl-coord", "-o", "json"],
        &["cluster", "link", "cl-queue", "coordinator_service=cl-coord"],
        &["--as", "192.168.100.9", "get", port],
        &["get", "/cl-queue/links"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster unlink cl-queue coordinator_service
--- stderr
unlinked coordinator_service of cl-queue at revision 5

$ metactl --as 192.168.100.4 get /self/links/coordinator_service/cluster/cluster_id
--- stderr
error: there is nothing at `/self/links/coordinator_service/cluster/cluster_id`
hint: See what there is: `metactl ls /self`
--- exit 3

$ metactl cluster link cl-queue coordinator_service=cl-other
--- stderr
linked cl-queue to coordinator_service=cl-other at revision 6

$ metactl --as 192.168.100.4 get /self/links/coordinator_service/cluster/cluster_id
cl-other

$ metactl cluster link cl-queue coordinator_service=cl-coord -o json
{
  "cluster": "cl-queue",
  "links": {
    "coordinator_service": "cl-coord"
  },
  "changed": [
    "coordinator_service"
  ],
  "revision": 7
}
--- stderr
linked cl-queue to coordinator_service=cl-coord at revision 7

$ metactl cluster link cl-queue coordinator_service=cl-coord
--- stderr
cl-queue is linked so already

$ metactl --as 192.168.100.9 get /self/links/coordinator_service/cluster/cluster_id
cl-coord

$ metactl get /cl-queue/links
/coordinator_service	cl-coord

"#]],
    );
}

#[test]
fn what_cannot_be_linked_is_told() {
    let home = example_home();
    home.run(["cluster", "create", "--app", &example("queue"), "--id", "cl-q2", "--seed", "9"])
        .ok();
    let commands: [&[&str]; 10] = [
        &["cluster", "link", "cl-queue", "cordinator=cl-coord", "coordinator_service=cl-queue"],
        &["cluster", "link", "cl-queue", "coordinator_service=cl-none"],
        &["cluster", "link", "cl-none", "coordinator_service=cl-coord"],
        &["cluster", "link", "cl-queue", "coordinator_service"],
        &["cluster", "link", "cl-queue", "coordinator_service=coord"],
        &["cluster", "link", "cl-queue", "a=cl-coord", "a=cl-q2"],
        &["cluster", "link", "cl-queue", "coordinator_service=cl-q2"],
        &["cluster", "unlink", "cl-coord", "zk", "other"],
        &["cluster", "unlink", "cl-queue", "coordinator"],
        &["cluster", "delete", "cl-q2", "--yes"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster link cl-queue cordinator=cl-coord coordinator_service=cl-queue
--- stderr
error: changing the links of cluster `cl-queue`
  cause: `cordinator` is no link of the app; links: `coordinator_service`
  cause: `coordinator_service` is not linked: a cluster cannot be linked to itself
--- exit 2

$ metactl cluster link cl-queue coordinator_service=cl-none
--- stderr
error: there is no cluster `cl-none` for the link `coordinator_service`
hint: List the clusters: `metactl cluster list`
--- exit 3

$ metactl cluster link cl-none coordinator_service=cl-coord
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

$ metactl cluster link cl-queue coordinator_service
--- stderr
error: `coordinator_service` is not `SERVICE=CLUSTER`
--- exit 2

$ metactl cluster link cl-queue coordinator_service=coord
--- stderr
error: `coord` is no cluster id; `cl-` and up to 63 of `a-z`, `0-9` and `-` are accepted
--- exit 2

$ metactl cluster link cl-queue a=cl-coord a=cl-q2
--- stderr
error: service `a` is named twice
--- exit 2

$ metactl cluster link cl-queue coordinator_service=cl-q2
--- stderr
warning: cl-q2 is of app `app-queue001`; for `coordinator_service` the package asks for `app-coordntr`
linked cl-queue to coordinator_service=cl-q2 at revision 5

$ metactl cluster unlink cl-coord zk other
--- stderr
error: cluster `cl-coord` does not have 2 of the links
  cause: `zk`; there are no links
  cause: `other`; there are no links
--- exit 3

$ metactl cluster unlink cl-queue coordinator
--- stderr
error: cluster `cl-queue` has no link `coordinator`; near to it: `coordinator_service`
--- exit 3

$ metactl cluster delete cl-q2 --yes
--- stderr
error: cluster `cl-q2` is linked to by `cl-queue`
hint: Take the link away: `metactl cluster unlink cl-queue coordinator_service`
hint: Or delete what is linked: `metactl cluster delete cl-queue`
--- exit 4

"#]],
    );
    let wrong = ["cluster", "link", "cl-queue", "coordinator_service=cl-queue"];
    refuses_without_a_trace(&home, 2, &[&wrong]);
    put_operation(&home, "cl-queue");
    let unlink = ["cluster", "unlink", "cl-queue", "coordinator_service"];
    let link = ["cluster", "link", "cl-queue", "coordinator_service=cl-coord"];
    refuses_without_a_trace(&home, 4, &[&unlink, &link]);
}

#[test]
fn what_the_app_requires_stays_linked() {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "=1", "--id", "cl-zk", "--seed", "1"]).ok();
    let config = r#"{"type": "array", "properties": [{"key": "cluster", "type": "array",
        "properties": [{"key": "zk", "type": "service", "default": "", "required": "yes"}]}]}"#;
    home.file("app/config.json", config);
    let template =
        r#"{"name": "x", "nodes": {"count": 1}, "links": {"zk_service": {{cluster.zk}}}}"#;
    home.file("app/cluster.json.mustache", template);
    let create = ["cluster", "create", "--app", "app", "--id", "cl-x", "--seed", "2"];
    home.run([&create[..], &["--link", "zk_service=cl-zk"]].concat()).ok();
    assert_text(
        session(&home, [&["cluster", "unlink", "cl-x", "zk_service"]]),
        str![[r#"
$ metactl cluster unlink cl-x zk_service
--- stderr
error: changing the links of cluster `cl-x`
  cause: `zk_service` is required by the app; it can be linked to another cluster only
--- exit 2

"#]],
    );
}

#[test]
fn clusters_of_others_are_linked_too() {
    let home = scene::home();
    let commands: [&[&str]; 5] = [
        &["cluster", "link", "cl-one", "db=cl-two", "cache=cl-two"],
        &["--as", "10.0.0.3", "get", "/self/links"],
        &["cluster", "delete", "cl-two", "--yes"],
        &["cluster", "unlink", "cl-one", "db", "cache"],
        &["cluster", "delete", "cl-two", "--yes"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster link cl-one db=cl-two cache=cl-two
--- stderr
linked cl-one to cache=cl-two, db=cl-two at revision 8

$ metactl --as 10.0.0.3 get /self/links
/cache/cluster/cluster_id	cl-two
/cache/hosts/i-x1/instance_id	i-x1
/cache/hosts/i-x1/ip	10.0.0.9
/cache/hosts/i-x1/node_id	cln-x1
/cache/hosts/i-x1/sid	1
/db/cluster/cluster_id	cl-two
/db/hosts/i-x1/instance_id	i-x1
/db/hosts/i-x1/ip	10.0.0.9
/db/hosts/i-x1/node_id	cln-x1
/db/hosts/i-x1/sid	1

$ metactl cluster delete cl-two --yes
--- stderr
error: cluster `cl-two` is linked to by `cl-one`
hint: Take the link away: `metactl cluster unlink cl-one db`
hint: Or delete what is linked: `metactl cluster delete cl-one`
--- exit 4

$ metactl cluster unlink cl-one db cache
--- stderr
unlinked cache, db of cl-one at revision 9

$ metactl cluster delete cl-two --yes
--- stderr
deleted cluster cl-two at revision 10

"#]],
    );
}

#[test]
fn two_hundred_nodes_follow_in_one_commit() {
    two_hundred(&Home::new());
}

#[test]
fn two_hundred_nodes_follow_in_one_commit_on_etcd() {
    let (home, _etcd) = home_on_etcd();
    two_hundred(&home);
}

fn two_hundred(home: &Home) {
    home.run(["cluster", "create", "--role", "a=200", "--id", "cl-a", "--cidr", "10.1.0.0/16"])
        .ok();
    home.run(["cluster", "create", "--role", "b=1", "--id", "cl-b"]).ok();
    let ran = home.run(["cluster", "link", "cl-a", "b=cl-b", "-o", "json"]).ok();
    let done: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let revision = done["revision"].as_u64().unwrap();
    let links = |revision: u64| {
        let revision = revision.to_string();
        let ran = home.run(["get", "/_metad/mapping/default", "--rev", &revision, "-o", "text"]);
        ran.ok().stdout.lines().filter(|line| line.contains("/links/b\t/cl-b")).count()
    };
    assert_eq!((links(revision - 1), links(revision)), (0, 200));
    home.run(["cluster", "unlink", "cl-a", "b"]).ok();
    assert_eq!(links(revision + 1), 0);
}

#[test]
fn a_link_and_a_deletion_have_one_winner() {
    link_while_deleting(&Home::new());
}

#[test]
fn a_link_and_a_deletion_on_etcd_have_one_winner() {
    let (home, _etcd) = home_on_etcd();
    link_while_deleting(&home);
}

fn link_while_deleting(home: &Home) {
    home.run(["cluster", "create", "--role", "a=2", "--id", "cl-a"]).ok();
    for _ in 0..6 {
        home.run(["cluster", "create", "--role", "b=1", "--id", "cl-b"]).ok();
        let start = |words: &[&str]| {
            home.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let mut deletes = start(&["cluster", "delete", "cl-b", "--yes"]);
        let mut links = start(&["cluster", "link", "cl-a", "b=cl-b"]);
        let code = |child: &mut std::process::Child| child.wait().unwrap().code().unwrap();
        let codes = (code(&mut deletes), code(&mut links));
        let is_linked = home.run(["get", "/cl-a/links/b"]).code == 0;
        let is_there = home.run(["get", "/cl-b"]).code == 0;
        match codes {
            (0, 3) => assert!(!is_linked && !is_there),
            (4, 0) => assert!(is_linked && is_there),
            other => panic!("delete and link ended with {other:?}"),
        }
        if is_linked {
            home.run(["cluster", "unlink", "cl-a", "b"]).ok();
            home.run(["cluster", "delete", "cl-b", "--yes"]).ok();
        }
    }
}

#[test]
fn nobody_needs_to_read_it() {
    let home = example_home();
    closed_pipe(&home, &["cluster", "unlink", "cl-queue", "coordinator_service", "-o", "json"]);
    let link = "coordinator_service=cl-coord";
    closed_pipe(&home, &["cluster", "link", "cl-queue", link, "-o", "json"]);
}
