//! `metactl tree`

use snapbox::str;

use crate::support::{Home, assert_transcript, sample};

#[test]
fn a_cluster_reads_at_a_glance() {
    let home = sample();
    assert_transcript(
        home.run(["tree", "cl-app"]),
        str![[r#"
$ metactl tree cl-app
/cl-app
├── cluster/
│   ├── cluster_id = cl-app
│   └── endpoints/
│       ├── admin/
│       │   └── port = 9000
│       ├── broken/
│       │   └── port = env.nowhere
│       ├── client/
│       │   ├── port = env.port
│       │   └── protocol = tcp
│       └── shard/
│           └── port = env.master.shard.port
├── env/
│   ├── key/
│   │   ├── access_key_id = AKID
│   │   └── secret_access_key = ********
│   ├── motd = hello\tthere…
│   └── port = 8080
├── hosts/
│   ├── master/
│   │   ├── i-m1  192.168.100.2  sid 1
│   │   └── i-m2  192.168.100.3  sid 2
│   └── master-replica/
│       └── i-r1  192.168.100.10  sid 3
├── links/
│   └── zk = cl-zk
└── role-env/
    └── master/
        └── shard.port = 7000

"#]],
    );
    assert_transcript(
        home.run(["tree", "--depth", "2"]),
        str![[r#"
$ metactl tree --depth 2
/
├── cl-app/
│   ├── cluster/ 6 keys
│   ├── env/ 4 keys
│   ├── hosts/ 13 keys
│   ├── links/ 1 key
│   └── role-env/ 1 key
├── cl-zk/
│   ├── cluster/ 1 key
│   ├── env/ 1 key
│   └── links/ 1 key
└── projects/
    └── default/ 2 keys

"#]],
    );
    assert_transcript(
        home.run(["tree", "/cl-app/hosts", "--depth", "3"]),
        str![[r#"
$ metactl tree /cl-app/hosts --depth 3
/cl-app/hosts
├── master/
│   ├── i-m1/
│   │   ├── attributes/ 1 key
│   │   ├── instance_id = i-m1
│   │   ├── ip = 192.168.100.2
│   │   ├── node_id = cln-m1
│   │   └── sid = 1
│   └── i-m2/
│       ├── instance_id = i-m2
│       ├── ip = 192.168.100.3
│       ├── node_id = cln-m2
│       └── sid = 2
└── master-replica/
    └── i-r1/
        ├── instance_id = i-r1
        ├── ip = 192.168.100.10
        ├── node_id = cln-r1
        └── sid = 3

"#]],
    );
    assert_transcript(
        home.run(["tree", "/self/hosts", "--as", "i-m1"]),
        str![[r#"
$ metactl tree /self/hosts --as i-m1
/self/hosts
├── master/
│   ├── i-m1  192.168.100.2  sid 1
│   └── i-m2  192.168.100.3  sid 2
└── master-replica/
    └── i-r1  192.168.100.10  sid 3

"#]],
    );
}

#[test]
fn each_format_has_its_form() {
    let home = sample();
    assert_transcript(
        home.run(["tree", "cl-zk", "-o", "json"]),
        str![[r#"
$ metactl tree cl-zk -o json
{
  "cluster": {
    "cluster_id": "cl-zk"
  },
  "env": {
    "tick": "2000"
  },
  "links": {
    "other": "cl-app"
  }
}

"#]],
    );
    assert_transcript(
        home.run(["tree", "cl-zk", "-o", "yaml"]),
        str![[r#"
$ metactl tree cl-zk -o yaml
cluster:
  cluster_id: cl-zk
env:
  tick: "2000"
links:
  other: cl-app

"#]],
    );
    assert_transcript(
        home.run(["tree", "cl-zk", "-o", "text"]),
        str![[r#"
$ metactl tree cl-zk -o text
/cl-zk
├── cluster/
│   └── cluster_id = cl-zk
├── env/
│   └── tick = 2000
└── links/
    └── other = cl-app

"#]],
    );
    assert_transcript(
        home.run(["tree", "cl-zk", "-o", "env"]),
        str![[r#"
$ metactl tree cl-zk -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o tree|text|json|yaml`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["tree", "/cl-zk/env/tick"]),
        str![[r#"
$ metactl tree /cl-zk/env/tick
2000

"#]],
    );
}

#[test]
fn colour_is_for_who_asks_for_it() {
    let home = sample();
    assert_transcript(
        home.run(["tree", "/cl-zk/env", "--color", "always"]),
        str![[r#"
$ metactl tree /cl-zk/env --color always
[1m/cl-zk/env[0m
└── [36mtick[0m [2m=[0m 2000

"#]],
    );
}

#[test]
fn values_are_cut_to_the_width() {
    let home = sample();
    home.run(["put", "/cl-zk/env/long", &"0123456789".repeat(9)]).ok();
    let narrow = home.run_with(["tree", "/cl-zk/env"], |command| {
        command.env("COLUMNS", "40");
    });
    assert_transcript(
        narrow,
        str![[r#"
$ metactl tree /cl-zk/env
/cl-zk/env
├── long = 0123456789012345678901234567…
└── tick = 2000

"#]],
    );
}

#[test]
fn nothing_is_an_empty_root_and_an_error_elsewhere() {
    let home = Home::new();
    assert_transcript(
        home.run(["tree"]),
        str![[r#"
$ metactl tree
/

"#]],
    );
    assert_transcript(
        home.run(["tree", "cl-app"]),
        str![[r#"
$ metactl tree cl-app
--- stderr
error: there is nothing at `/cl-app`
hint: See what there is: `metactl ls /`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["tree", "app"]),
        str![[r#"
$ metactl tree app
--- stderr
error: path `app` does not start with `/`
hint: Type the whole path, as in `/app`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["tree", "--depth", "0"]),
        str![[r#"
$ metactl tree --depth 0
--- stderr
error: invalid value '0' for '--depth <N>': 0 is not in 1..=65535

For more information, try '--help'.
--- exit 2

"#]],
    );
}
