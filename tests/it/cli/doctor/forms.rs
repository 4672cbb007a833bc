//! What is printed, in each form.

use snapbox::str;

use super::scene::Scene;
use crate::cli::scene::{self, closed_pipe, session};
use crate::support::{Home, assert_text, assert_transcript};

/// Two clusters, in each something wrong, and something that belongs to none.
fn home() -> Home {
    let home = Home::new();
    home.run(["cluster", "create", "--id", "cl-1", "--role", "web=2", "--seed", "7"]).ok();
    home.run(["put", "/cl-1/vertical-scaling-roles", "web"]).ok();
    home.run(["put", "/cl-2/hosts/i-1/ip", "10.0.0.1"]).ok();
    home.run(["put", "/cl-2/hosts/i-2/ip", "10.0.0.1"]).ok();
    home.run(["put", "/_metad/rule/default/10.7.7.7", "[]"]).ok();
    home
}

#[test]
fn text_is_a_line_for_each() {
    assert_transcript(
        home().run(["doctor"]),
        str![[r#"
$ metactl doctor
left-over-vertical-scaling	error	cl-1	/cl-1/vertical-scaling-roles	3	[..]	`vertical-scaling-roles` is there, and no operation is in flight	Type `metactl doctor --fix`
host-without-mapping	error	cl-2	/cl-2/hosts/i-1	4	[..]	no mapping leads to `i-1`, whose ip is `10.0.0.1`	Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-1`
host-without-mapping	error	cl-2	/cl-2/hosts/i-2	5	[..]	no mapping leads to `i-2`, whose ip is `10.0.0.1`	Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-2`
duplicate-ip	error	cl-2	/cl-2/hosts/i-1/ip,/cl-2/hosts/i-2/ip	5	[..]	2 hosts have the ip `10.0.0.1`	Give one of them its own: `metactl put /cl-2/hosts/i-2/ip IP`
rule-lets-nothing-through	error		/_metad/rule/default/10.7.7.7	6	[..]	the access rules of `10.7.7.7` allow nothing	Take the rules away: `metactl rm /_metad/rule/default/10.7.7.7`
--- stderr
error: 5 problems found in 2 clusters
hint: Mend 1 of them: `metactl doctor --fix`; `--dry-run` shows what it would do
--- exit 1

"#]],
    );
}

#[test]
fn json() {
    assert_transcript(
        home().run(["doctor", "cl-1", "-o", "json"]),
        str![[r#"
$ metactl doctor cl-1 -o json
[
  {
    "kind": "left-over-vertical-scaling",
    "severity": "error",
    "cluster": "cl-1",
    "what": "`vertical-scaling-roles` is there, and no operation is in flight",
    "paths": [
      "/cl-1/vertical-scaling-roles"
    ],
    "revision": 3,
    "time": "20[..]Z",
    "mend": "Type `metactl doctor --fix`",
    "fixable": true,
    "changes": [
      {
        "path": "/cl-1/vertical-scaling-roles",
        "value": null,
        "below": true
      }
    ]
  }
]
--- stderr
error: 1 problem found in 1 cluster
hint: Mend 1 of them: `metactl doctor --fix`; `--dry-run` shows what it would do
--- exit 1

"#]],
    );
}

#[test]
fn yaml() {
    assert_transcript(
        home().run(["doctor", "--cluster", "cl-2", "-o", "yaml"]),
        str![[r#"
$ metactl doctor --cluster cl-2 -o yaml
- cluster: cl-2
  fixable: false
  kind: host-without-mapping
  mend: "Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-1`"
  paths:
  - /cl-2/hosts/i-1
  revision: 4
  severity: error
  time: "20[..]Z"
  what: "no mapping leads to `i-1`, whose ip is `10.0.0.1`"
- cluster: cl-2
  fixable: false
  kind: host-without-mapping
  mend: "Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-2`"
  paths:
  - /cl-2/hosts/i-2
  revision: 5
  severity: error
  time: "20[..]Z"
  what: "no mapping leads to `i-2`, whose ip is `10.0.0.1`"
- cluster: cl-2
  fixable: false
  kind: duplicate-ip
  mend: "Give one of them its own: `metactl put /cl-2/hosts/i-2/ip IP`"
  paths:
  - /cl-2/hosts/i-1/ip
  - /cl-2/hosts/i-2/ip
  revision: 5
  severity: error
  time: "20[..]Z"
  what: "2 hosts have the ip `10.0.0.1`"
--- stderr
error: 3 problems found in 1 cluster
--- exit 1

"#]],
    );
}

#[test]
fn table() {
    assert_transcript(
        home().run(["doctor", "-o", "table"]),
        str![[r#"
$ metactl doctor -o table
CL-1              WHAT              WHERE            SINCE        MEND
left-over-verti   `vertical-scali   /cl-1/vertical   revision 3   Type `metactl
cal-scaling       ng-roles` is      -scaling-roles                doctor --fix`
                  there, and no
                  operation is in
                  flight

CL-2              WHAT              WHERE            SINCE        MEND
host-without-ma   no mapping        /cl-2/hosts/i-   revision 4   Write one:
pping             leads to `i-1`,   1                             `metactl
                  whose ip is                                     mapping set
                  `10.0.0.1`                                      10.0.0.1 host=
                                                                  /cl-2/hosts/i-
                                                                  1`
host-without-ma   no mapping        /cl-2/hosts/i-   revision 5   Write one:
pping             leads to `i-2`,   2                             `metactl
                  whose ip is                                     mapping set
                  `10.0.0.1`                                      10.0.0.1 host=
                                                                  /cl-2/hosts/i-
                                                                  2`
duplicate-ip      2 hosts have      /cl-2/hosts/i-   revision 5   Give one of
                  the ip            1/ip                          them its own:
                  `10.0.0.1`        /cl-2/hosts/i-                `metactl put
                                    2/ip                          /cl-2/hosts/i-
                                                                  2/ip IP`

THE STORE         WHAT              WHERE            SINCE        MEND
rule-lets-nothi   the access        /_metad/rule/d   revision 6   Take the rules
ng-through        rules of          efault/10.7.7.                away: `metactl
                  `10.7.7.7`        7                             rm /_metad/rul
                  allow nothing                                   e/default/10.7
                                                                  .7.7`
--- stderr
error: 5 problems found in 2 clusters
hint: Mend 1 of them: `metactl doctor --fix`; `--dry-run` shows what it would do
--- exit 1

"#]],
    );
}

#[test]
fn a_tree_on_a_terminal() {
    assert_transcript(
        home().run_on_terminal(["doctor"], "", ""),
        str![[r#"
$ metactl doctor
5 problems
├── cl-1
│   └── left-over-vertical-scaling: `vertical-scaling-roles` is there, and no operation is in flight
│       ├── /cl-1/vertical-scaling-roles
│       ├── since revision 3, 20[..]Z
│       └── Type `metactl doctor --fix`
├── cl-2
│   ├── host-without-mapping: no mapping leads to `i-1`, whose ip is `10.0.0.1`
│   │   ├── /cl-2/hosts/i-1
│   │   ├── since revision 4, 20[..]Z
│   │   └── Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-1`
│   ├── host-without-mapping: no mapping leads to `i-2`, whose ip is `10.0.0.1`
│   │   ├── /cl-2/hosts/i-2
│   │   ├── since revision 5, 20[..]Z
│   │   └── Write one: `metactl mapping set 10.0.0.1 host=/cl-2/hosts/i-2`
│   └── duplicate-ip: 2 hosts have the ip `10.0.0.1`
│       ├── /cl-2/hosts/i-1/ip
│       ├── /cl-2/hosts/i-2/ip
│       ├── since revision 5, 20[..]Z
│       └── Give one of them its own: `metactl put /cl-2/hosts/i-2/ip IP`
└── the store
    └── rule-lets-nothing-through: the access rules of `10.7.7.7` allow nothing
        ├── /_metad/rule/default/10.7.7.7
        ├── since revision 6, 20[..]Z
        └── Take the rules away: `metactl rm /_metad/rule/default/10.7.7.7`
error: 5 problems found in 2 clusters
hint: Mend 1 of them: `metactl doctor --fix`; `--dry-run` shows what it would do
--- exit 1

"#]],
    );
}

#[test]
fn nothing_wrong_in_each_form() {
    let home = Home::new();
    home.run(["cluster", "create", "--id", "cl-1", "--role", "web=1"]).ok();
    let text = session(
        &home,
        [
            &["doctor", "-o", "json"],
            &["doctor", "-o", "yaml"],
            &["doctor", "-o", "table"],
            &["doctor", "-o", "tree"],
            &["doctor", "-q"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl doctor -o json
[]
--- stderr
no problems found in 1 cluster, 1 host

$ metactl doctor -o yaml
[]
--- stderr
no problems found in 1 cluster, 1 host

$ metactl doctor -o table
--- stderr
no problems found in 1 cluster, 1 host

$ metactl doctor -o tree
--- stderr
no problems found in 1 cluster, 1 host

$ metactl doctor -q

"#]],
    );
}

#[test]
fn refusals() {
    let text = session(
        &home(),
        [&["doctor", "cl-none"], &["doctor", "-o", "env"], &["doctor", "cl-1", "cl-none"]],
    );
    assert_text(
        text,
        str![[r#"
$ metactl doctor cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List them: `metactl cluster list`
--- exit 3

$ metactl doctor -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml|table|tree`
--- exit 2

$ metactl doctor cl-1 cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List them: `metactl cluster list`
--- exit 3

"#]],
    );
}

#[test]
fn nobody_reads_it() {
    closed_pipe(&home(), &["doctor"]);
    closed_pipe(&home(), &["doctor", "-o", "json"]);
}

#[test]
fn an_endpoint_that_does_not_answer() {
    let words = ["doctor", "--endpoint", "etcd://127.0.0.1:1", "--request-timeout", "300ms"];
    assert_eq!(Home::new().run(words).code, 5);
}

/// A rule on `/` is no fault; on an etcd without prefix it is worth a warning.
#[test]
fn a_rule_on_the_root_of_an_etcd() {
    let scene = Scene::on_etcd();
    scene.home.run(["put", "/_metad/rule/default/10.7.7.7", r#"[{"path":"/","mode":1}]"#]).ok();
    assert_transcript(
        scene.home.run(["doctor"]),
        str![[r#"
$ metactl doctor
--- stderr
warning: 1 client may read `/` of this etcd: a metad without a prefix on it would show them `/_metactl`, too; with `--cluster-root /clusters` and metad's `--prefix=/clusters` it does not
no problems found in 2 clusters, 9 hosts

"#]],
    );
    let (home, etcd) = scene::home_on_etcd();
    let endpoint = format!("{}/prefix", etcd.endpoint());
    let rule = ["put", "/_metad/rule/default/10.7.7.7", r#"[{"path":"/","mode":1}]"#];
    home.run([&rule[..], &["--endpoint", &endpoint]].concat()).ok();
    let ran = home.run(["doctor", "--endpoint", &endpoint]).ok();
    assert_eq!(ran.stderr, "no problems found in 0 clusters, 0 hosts\n");
}
