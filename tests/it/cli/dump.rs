//! `metactl dump`

use snapbox::str;

use crate::support::{Home, assert_transcript, sample};

#[test]
fn all_of_a_cluster_by_whole_paths() {
    let home = sample();
    assert_transcript(
        home.run(["dump"]),
        str![[r#"
$ metactl dump
/cl-app/cluster/cluster_id	cl-app
/cl-app/cluster/endpoints/admin/port	9000
/cl-app/cluster/endpoints/broken/port	env.nowhere
/cl-app/cluster/endpoints/client/port	env.port
/cl-app/cluster/endpoints/client/protocol	tcp
/cl-app/cluster/endpoints/shard/port	env.master.shard.port
/cl-app/env/key/access_key_id	AKID
/cl-app/env/key/secret_access_key	hidden
/cl-app/env/motd	hello\tthere\nback\\slash\n
/cl-app/env/port	8080
/cl-app/hosts/master-replica/i-r1/instance_id	i-r1
/cl-app/hosts/master-replica/i-r1/ip	192.168.100.10
/cl-app/hosts/master-replica/i-r1/node_id	cln-r1
/cl-app/hosts/master-replica/i-r1/sid	3
/cl-app/hosts/master/i-m1/attributes/color	red
/cl-app/hosts/master/i-m1/instance_id	i-m1
/cl-app/hosts/master/i-m1/ip	192.168.100.2
/cl-app/hosts/master/i-m1/node_id	cln-m1
/cl-app/hosts/master/i-m1/sid	1
/cl-app/hosts/master/i-m2/instance_id	i-m2
/cl-app/hosts/master/i-m2/ip	192.168.100.3
/cl-app/hosts/master/i-m2/node_id	cln-m2
/cl-app/hosts/master/i-m2/sid	2
/cl-app/links/zk	cl-zk
/cl-app/role-env/master/shard.port	7000
/cl-zk/cluster/cluster_id	cl-zk
/cl-zk/env/tick	2000
/cl-zk/links/other	cl-app

"#]],
    );
    assert_transcript(
        home.run(["dump", "cl-zk"]),
        str![[r#"
$ metactl dump cl-zk
/cl-zk/cluster/cluster_id	cl-zk
/cl-zk/env/tick	2000
/cl-zk/links/other	cl-app

"#]],
    );
    assert_transcript(
        home.run(["dump", "--cluster", "cl-zk", "-o", "tree"]),
        str![[r#"
$ metactl dump --cluster cl-zk -o tree
/
└── cl-zk/
    ├── cluster/
    │   └── cluster_id = cl-zk
    ├── env/
    │   └── tick = 2000
    └── links/
        └── other = cl-app

"#]],
    );
    assert_transcript(
        home.run(["dump", "cl-zk", "-o", "yaml"]),
        str![[r#"
$ metactl dump cl-zk -o yaml
cl-zk:
  cluster:
    cluster_id: cl-zk
  env:
    tick: "2000"
  links:
    other: cl-app

"#]],
    );
}

#[test]
fn a_dump_is_imported_again() {
    let home = sample();
    let elsewhere = Home::new();
    for format in ["json", "yaml"] {
        let dump = home.run(["dump", "-o", format]).ok().stdout;
        elsewhere.run_input(["import", "-"], &dump).ok();
        assert_eq!(elsewhere.run(["dump", "-o", format]).ok().stdout, dump);
    }
    assert_eq!(elsewhere.run(["dump"]).ok().stdout, home.run(["dump"]).ok().stdout);
}

#[test]
fn what_is_not_there_is_said() {
    let home = sample();
    assert_transcript(
        home.run(["dump", "cl-zk", "cl-gone"]),
        str![[r#"
$ metactl dump cl-zk cl-gone
--- stderr
error: there is no cluster `cl-gone`
hint: List them: `metactl cluster list`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["dump", "a/b"]),
        str![[r#"
$ metactl dump a/b
--- stderr
error: name `a/b` holds `/`; a segment is text without `/` and control characters
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["dump", "-o", "env"]),
        str![[r#"
$ metactl dump -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml|tree`
--- exit 2

"#]],
    );
    assert_transcript(
        Home::new().run(["dump"]),
        str![[r#"
$ metactl dump
--- stderr
there is no cluster yet

"#]],
    );
    assert_transcript(
        Home::new().run(["dump", "-o", "json"]),
        str![[r#"
$ metactl dump -o json
{}
--- stderr
there is no cluster yet

"#]],
    );
}
