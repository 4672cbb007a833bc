//! Sending without anybody who runs it: slots, records, conflicts, cancelling.

use snapbox::str;

use super::timeless;
use crate::cli::scene::{closed_pipe, fill, home, home_on_etcd, refuses_without_a_trace, session};
use crate::support::assert_text;

#[test]
fn slots_and_records_change_in_one_commit() {
    let (on_etcd, _etcd) = home_on_etcd();
    fill(&on_etcd);
    for home in [home(), on_etcd] {
        let text = session(
            &home,
            [
                &[
                    "cmd",
                    "send",
                    "--cluster=cl-one",
                    "--id=cmd-a",
                    "--role=worker",
                    "--",
                    "a",
                    "b c",
                ],
                &["get", "/cl-one/cmd"],
                &["cmd", "list"],
                &["cmd", "show", "cmd-a"],
                &["cmd", "cancel", "cmd-a"],
                &["get", "/cl-one/cmd", "--default", "no slot is filled"],
                &["cmd", "show", "cmd-a", "-o", "json"],
            ],
        );
        assert_text(
            timeless(&text),
            str![[r#"
$ metactl cmd send --cluster=cl-one --id=cmd-a --role=worker -- a 'b c'
cmd-a
--- stderr
sent cmd-a to 2 nodes at revision [N]

$ metactl get /cl-one/cmd
/i-w1/cmd	a 'b c'
/i-w1/id	cmd-a
/i-w1/timeout	600
/i-w2/cmd	a 'b c'
/i-w2/id	cmd-a
/i-w2/timeout	600

$ metactl cmd list
cmd-a	[TIME]	cl-one	2	pending=2	tester@here	a 'b c'

$ metactl cmd show cmd-a
i-w1	cln-w1	worker	pending				
i-w2	cln-w2	worker	pending				

$ metactl cmd cancel cmd-a
--- stderr
cmd-a never begins on i-w1, i-w2

$ metactl get /cl-one/cmd --default 'no slot is filled'
no slot is filled

$ metactl cmd show cmd-a -o json
{
  "id": "cmd-a",
  "cluster": "cl-one",
  "when": "[TIME]",
  "actor": "tester@here",
  "service": null,
  "nodes": [
    {
      "instance_id": "i-w1",
      "node_id": "cln-w1",
      "role": "worker",
      "ip": "10.0.0.3",
      "command": "a 'b c'",
      "timeout": 600,
      "state": "cancelled",
      "exit": null,
      "sent": "[TIME]",
      "started": null,
      "finished": "[TIME]",
      "seconds": null,
      "output": "",
      "printed": null,
      "note": "cancelled by tester@here"
    },
    {
      "instance_id": "i-w2",
      "node_id": "cln-w2",
      "role": "worker",
      "ip": "10.0.0.4",
      "command": "a 'b c'",
      "timeout": 600,
      "state": "cancelled",
      "exit": null,
      "sent": "[TIME]",
      "started": null,
      "finished": "[TIME]",
      "seconds": null,
      "output": "",
      "printed": null,
      "note": "cancelled by tester@here"
    }
  ]
}

"#]],
        );
    }
}

#[test]
fn a_taken_slot_is_waited_for_and_then_refused() {
    let home = home();
    home.run(["cmd", "send", "--id", "cmd-a", "i-m1", "--timeout", "1m", "--", "sleep 9"]).ok();
    let text = session(
        &home,
        [
            &["cmd", "send", "--id", "cmd-b", "--request-timeout", "50ms", "i-m1", "--", "id"],
            &["cmd", "send", "--id", "cmd-a", "cln-m1", "--", "sleep 9"],
            &["cmd", "send", "--id", "cmd-a", "i-m1", "--", "sleep 8"],
            &["cmd", "send", "--id", "cmd-c", "--replace", "10.0.0.2", "--", "id"],
            &["cmd", "show", "cmd-a"],
            &["cmd", "list", "-o", "value"],
            &["get", "/cl-one/cmd/i-m1/id"],
        ],
    );
    assert_text(
        timeless(&text),
        str![[r#"
$ metactl cmd send --id cmd-b --request-timeout 50ms i-m1 -- id
--- stderr
error: node `i-m1` is still at command `cmd-a`, which is pending
hint: Look at it: `metactl cmd show cmd-a`
hint: Send it all the same with `--replace`, or wait longer with `--request-timeout`
--- exit 4

$ metactl cmd send --id cmd-a cln-m1 -- 'sleep 9'
cmd-a
--- stderr
cmd-a was sent to i-m1 before

$ metactl cmd send --id cmd-a i-m1 -- 'sleep 8'
--- stderr
error: id `cmd-a` belongs to another command already
hint: Look at it: `metactl cmd show cmd-a`
--- exit 4

$ metactl cmd send --id cmd-c --replace 10.0.0.2 -- id
cmd-c
--- stderr
sent cmd-c to i-m1 at revision [N]

$ metactl cmd show cmd-a
i-m1	cln-m1	master	cancelled			replaced by cmd-c of tester@here	

$ metactl cmd list -o value
cmd-a
cmd-c

$ metactl get /cl-one/cmd/i-m1/id
cmd-c

"#]],
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let home = home();
    let text = session(
        &home,
        [
            &["cmd", "send", "--all", "--", "id"],
            &["cmd", "send", "--cluster", "cl-one", "--role", "workr", "--", "id"],
            &["cmd", "send", "i-m1", "i-x1", "--", "id"],
            &["cmd", "send", "i-none", "--", "id"],
            &["cmd", "send", "i-m1", "--timeout", "2d", "--", "id"],
            &["cmd", "send", "i-m1", "--id", "x", "--", "id"],
            &["cmd", "send", "i-m1", "--", ""],
            &["cmd", "show", "cmd-none"],
            &["cmd", "cancel", "cmd-none"],
            &["cmd", "list"],
        ],
    );
    assert_text(
        timeless(&text),
        str![[r#"
$ metactl cmd send --all -- id
--- stderr
error: there are 2 clusters, and none is named
hint: Name one: `--cluster cl-two`
hint: List them: `metactl cluster list`
--- exit 2

$ metactl cmd send --cluster cl-one --role workr -- id
--- stderr
error: cluster `cl-one` has no node of role `workr`; near to it: `worker`
--- exit 3

$ metactl cmd send i-m1 i-x1 -- id
--- stderr
error: `i-x1` belongs to cluster `cl-two`, not to `cl-one`; a command is for nodes of one
hint: Send one command for each cluster
--- exit 2

$ metactl cmd send i-none -- id
--- stderr
error: no mapping leads to the node `i-none`
hint: List the nodes: `metactl instance list`
--- exit 3

$ metactl cmd send i-m1 --timeout 2d -- id
--- stderr
error: timeout `172800s` is not accepted; from 1s to 86400s (one day) are
--- exit 2

$ metactl cmd send i-m1 --id x -- id
--- stderr
error: `x` is no id of a command; `cmd-` and up to 80 of `a-z`, `0-9` and `-` are accepted
--- exit 2

$ metactl cmd send i-m1 -- ''
--- stderr
error: the command is empty
--- exit 2

$ metactl cmd show cmd-none
--- stderr
error: there is no command `cmd-none`
hint: List the commands that are kept: `metactl cmd list`
--- exit 3

$ metactl cmd cancel cmd-none
--- stderr
error: there is no command `cmd-none`
hint: List the commands that are kept: `metactl cmd list`
--- exit 3

$ metactl cmd list
--- stderr
no command was sent

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[
            &["cmd", "send", "i-m1"],
            &["cmd", "send", "--", "id"],
            &["cmd", "send", "i-m1", "--all", "--", "id"],
            &["cmd", "send", "--cluster", "cl-one", "--all", "--parallel", "1", "--", "id"],
            &["cmd", "send", "i-m1", "-o", "tree", "--", "id"],
        ],
    );
}

#[test]
fn lists_have_their_forms() {
    let home = home();
    for (id, words) in [("cmd-a", "uptime"), ("cmd-b", "a\nlong one")] {
        let all = ["cmd", "send", "--cluster=cl-one", "--all", "--replace", "--id", id, "--"];
        home.run(all.iter().chain([&words])).ok();
    }
    let text = session(
        &home,
        [
            &["cmd", "list", "-o", "table"],
            &["cmd", "list", "-o", "json"],
            &["cmd", "show", "cmd-b", "-o", "table"],
        ],
    );
    assert_text(
        timeless(&text),
        str![[r#"
$ metactl cmd list -o table
COMMAND   WHEN                  CLUSTER   NODES   STATES        TEXT
cmd-a     [TIME]   cl-one        3   cancelled=3   uptime
cmd-b     [TIME]   cl-one        3   pending=3     a\nlong one

$ metactl cmd list -o json
[
  {
    "id": "cmd-a",
    "cluster": "cl-one",
    "when": "[TIME]",
    "actor": "tester@here",
    "service": null,
    "command": "uptime",
    "nodes": 3,
    "states": {
      "cancelled": 3
    }
  },
  {
    "id": "cmd-b",
    "cluster": "cl-one",
    "when": "[TIME]",
    "actor": "tester@here",
    "service": null,
    "command": "a\nlong one",
    "nodes": 3,
    "states": {
      "pending": 3
    }
  }
]

$ metactl cmd show cmd-b -o table
command   cmd-b
cluster   cl-one
sent      [TIME] by tester@here
text      a\nlong one

INSTANCE   NODE     ROLE     STATE     SECONDS   WHY
i-m1       cln-m1   master   pending
i-w1       cln-w1   worker   pending
i-w2       cln-w2   worker   pending

"#]],
    );
    closed_pipe(&home, &["cmd", "list"]);
    closed_pipe(&home, &["cmd", "show", "cmd-a"]);
    closed_pipe(&home, &["cmd", "send", "i-m1", "--replace", "-q", "--", "id"]);
}

#[test]
fn the_last_hundred_are_kept_and_slots_never_outlive_them() {
    let home = home();
    home.run(["cmd", "send", "i-m1", "--id", "cmd-first", "--", "id"]).ok();
    home.run(["cmd", "cancel", "cmd-first"]).ok();
    home.run(["put", "/cl-one/cmd/i-m1/id", "cmd-first"]).ok();
    for number in 0..100 {
        let id = format!("cmd-{number}");
        home.run(["cmd", "send", "i-w1", "--replace", "--id", &id, "--", "id"]).ok();
    }
    let kept = home.run(["cmd", "list", "-o", "value"]).ok().stdout;
    assert_eq!(kept.lines().count(), 100);
    assert!(!kept.contains("cmd-first"));
    assert_eq!(home.run(["get", "/cl-one/cmd/i-m1/id"]).code, 3);
    assert_eq!(home.run(["cmd", "show", "cmd-first"]).code, 3);
}

#[test]
fn commands_go_with_their_cluster() {
    let home = home();
    home.run(["cmd", "send", "i-x1", "--id", "cmd-a", "--", "id"]).ok();
    home.run(["cluster", "delete", "cl-two", "--yes"]).ok();
    assert_eq!(home.run(["cmd", "show", "cmd-a"]).code, 3);
    assert_eq!(home.run(["cmd", "list"]).ok().stdout, "");
}
