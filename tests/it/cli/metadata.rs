//! `metactl add-metadata` and `metactl remove-metadata`

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::assert_text;

#[test]
fn it_adds_to_an_instance() {
    let home = scene::home();
    home.file("boot.sh", "#!/bin/sh\necho hi, there\n");
    let text = session(
        &home,
        [
            &["add-metadata", "i-m1", "--metadata", "a=1,b=x=y"],
            &["add-metadata", "i-m1", "--metadata", "a=1,b=x=y"],
            &["add-metadata", "cln-m1", "--metadata", "^:^c=1,2:a=2", "-o", "json"],
            &["add-metadata", "10.0.0.2", "--metadata-from-file", "script=boot.sh"],
            &["--as", "i-m1", "add-metadata", "self", "--metadata", "d=", "-o", "yaml"],
            &["instance", "show", "i-m1"],
            &["remove-metadata", "i-m1", "--keys", "a,unknown"],
            &["remove-metadata", "i-m1", "--keys", "a,unknown", "-o", "json"],
            &["remove-metadata", "i-m1", "--all"],
            &["remove-metadata", "i-m1", "--all"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl add-metadata i-m1 --metadata a=1,b=x=y
--- stderr
set a, b of i-m1 at revision 8

$ metactl add-metadata i-m1 --metadata a=1,b=x=y
--- stderr
no change requested for i-m1

$ metactl add-metadata cln-m1 --metadata '^:^c=1,2:a=2' -o json
{
  "owner": "i-m1",
  "path": "/cl-one/hosts/master/i-m1/attributes",
  "revision": 9,
  "keys": [
    "a",
    "c"
  ]
}
--- stderr
set a, c of i-m1 at revision 9

$ metactl add-metadata 10.0.0.2 --metadata-from-file script=boot.sh
--- stderr
set script of i-m1 at revision 10

$ metactl --as i-m1 add-metadata self --metadata d= -o yaml
keys:
- d
owner: i-m1
path: /cl-one/hosts/master/i-m1/attributes
revision: 11
--- stderr
set d of i-m1 at revision 11

$ metactl instance show i-m1
gid	1
instance_id	i-m1
ip	10.0.0.2
node_id	cln-m1
role	master
sid	1
attributes/a	2
attributes/b	x=y
attributes/c	1,2
attributes/d	
attributes/script	#!/bin/sh\necho hi, there\n

$ metactl remove-metadata i-m1 --keys a,unknown
--- stderr
removed a of i-m1 at revision 12

$ metactl remove-metadata i-m1 --keys a,unknown -o json
{
  "owner": "i-m1",
  "path": "/cl-one/hosts/master/i-m1/attributes",
  "revision": 12,
  "keys": []
}
--- stderr
no change requested for i-m1

$ metactl remove-metadata i-m1 --all
--- stderr
removed b, c, d, script of i-m1 at revision 13

$ metactl remove-metadata i-m1 --all
--- stderr
no change requested for i-m1

"#]],
    );
}

#[test]
fn it_adds_to_a_project() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["add-metadata", "--project", "--metadata", "a=1"],
            &["add-metadata", "--project=web", "--metadata", "tier=front"],
            &["project", "show"],
            &["project", "show", "web"],
            &["remove-metadata", "--project=web", "--keys", "motd"],
            &["remove-metadata", "--project", "--all"],
            &["project", "list"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl add-metadata --project --metadata a=1
--- stderr
set a of default at revision 8

$ metactl add-metadata --project=web --metadata tier=front
--- stderr
set tier of web at revision 9

$ metactl project show
attributes/a	1

$ metactl project show web
attributes/motd	from the project
attributes/tier	front

$ metactl remove-metadata --project=web --keys motd
--- stderr
removed motd of web at revision 10

$ metactl remove-metadata --project --all
--- stderr
removed a of default at revision 11

$ metactl project list
default	0
web	1

"#]],
    );
}

#[test]
fn a_host_being_added_has_it_in_its_copy_too() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["add-metadata", "i-w2", "--metadata", "a=1"],
            &["export", "/cl-one/adding-hosts", "-o", "text"],
            &["remove-metadata", "i-w2", "--keys", "a"],
            &["export", "/cl-one/adding-hosts", "-o", "text"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl add-metadata i-w2 --metadata a=1
--- stderr
set a of i-w2 at revision 8

$ metactl export /cl-one/adding-hosts -o text
/cl-one/adding-hosts/worker/i-w2/attributes/a	1
/cl-one/adding-hosts/worker/i-w2/gid	3
/cl-one/adding-hosts/worker/i-w2/instance_id	i-w2
/cl-one/adding-hosts/worker/i-w2/ip	10.0.0.4
/cl-one/adding-hosts/worker/i-w2/node_id	cln-w2
/cl-one/adding-hosts/worker/i-w2/role	worker
/cl-one/adding-hosts/worker/i-w2/sid	10

$ metactl remove-metadata i-w2 --keys a
--- stderr
removed a of i-w2 at revision 9

$ metactl export /cl-one/adding-hosts -o text
/cl-one/adding-hosts/worker/i-w2/gid	3
/cl-one/adding-hosts/worker/i-w2/instance_id	i-w2
/cl-one/adding-hosts/worker/i-w2/ip	10.0.0.4
/cl-one/adding-hosts/worker/i-w2/node_id	cln-w2
/cl-one/adding-hosts/worker/i-w2/role	worker
/cl-one/adding-hosts/worker/i-w2/sid	10

"#]],
    );
}

#[test]
fn it_refuses_bad_lists_and_keys() {
    let home = scene::home();
    home.file("value", "x");
    let text = session(
        &home,
        [
            &["add-metadata", "i-m1"],
            &["add-metadata", "i-m1", "--metadata", ""],
            &["add-metadata", "i-m1", "--metadata", "^^x"],
            &["add-metadata", "i-m1", "--metadata", "a=1,,b=2"],
            &["add-metadata", "i-m1", "--metadata", "=x"],
            &["add-metadata", "i-m1", "--metadata", "a"],
            &["add-metadata", "i-m1", "--metadata", "bad key!=1"],
            &["add-metadata", "i-m1", "--metadata", "a=1", "--metadata-from-file", "a=value"],
            &["add-metadata", "i-m1", "--metadata-from-file", "a=nothing"],
            &["add-metadata", "i-m1", "--metadata", "a=1", "--metadata", "b=2"],
            &["add-metadata", "i-none", "--metadata", "a=1"],
            &["add-metadata", "cl-one", "--metadata", "a=1"],
            &["add-metadata", "10.9.9.9", "--metadata", "a=1"],
            &["add-metadata", "i-m1", "--project", "--metadata", "a=1"],
            &["add-metadata", "--metadata", "a=1"],
            &["remove-metadata", "i-m1"],
            &["remove-metadata", "i-m1", "--all", "--keys", "a"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl add-metadata i-m1
--- stderr
error: there is no metadata to add
hint: Give `--metadata KEY=VALUE`, `--metadata-from-file KEY=FILE`, or both
--- exit 2

$ metactl add-metadata i-m1 --metadata ''
--- stderr
error: `--metadata` cannot be read
  cause: the list is empty
hint: Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`
--- exit 2

$ metactl add-metadata i-m1 --metadata '^^x'
--- stderr
error: `--metadata` cannot be read
  cause: the separator between `^` and `^` is empty
hint: Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`
--- exit 2

$ metactl add-metadata i-m1 --metadata a=1,,b=2
--- stderr
error: `--metadata` cannot be read
  cause: `` is not of the form KEY=VALUE
hint: Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`
--- exit 2

$ metactl add-metadata i-m1 --metadata =x
--- stderr
error: `--metadata` cannot be read
  cause: `=x` is not of the form KEY=VALUE
hint: Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`
--- exit 2

$ metactl add-metadata i-m1 --metadata a
--- stderr
error: `--metadata` cannot be read
  cause: `a` is not of the form KEY=VALUE
hint: Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`
--- exit 2

$ metactl add-metadata i-m1 --metadata 'bad key!=1'
--- stderr
error: metadata key `bad key!` is not 1 to 128 characters of A-Z a-z 0-9 _ -
--- exit 2

$ metactl add-metadata i-m1 --metadata a=1 --metadata-from-file a=value
--- stderr
error: metadata key `a` is given twice
hint: Name it in `--metadata` or in `--metadata-from-file`, not in both
--- exit 2

$ metactl add-metadata i-m1 --metadata-from-file a=nothing
--- stderr
error: reading the file `nothing`
  cause: No such file or directory (os error 2)
--- exit 1

$ metactl add-metadata i-m1 --metadata a=1 --metadata b=2
--- stderr
error: the argument '--metadata <K=V[,K=V…]>' cannot be used multiple times

Usage: metactl add-metadata [OPTIONS] <INSTANCE|--project[=<ID>]>

For more information, try '--help'.
--- exit 2

$ metactl add-metadata i-none --metadata a=1
--- stderr
error: no mapping leads to the node `i-none`
hint: List the nodes: `metactl instance list`
--- exit 3

$ metactl add-metadata cl-one --metadata a=1
--- stderr
error: `cl-one` names no node; an ip, an instance id (`i-…`) or a node id (`cln-…`) is accepted
--- exit 2

$ metactl add-metadata 10.9.9.9 --metadata a=1
--- stderr
error: no mapping leads to the node `10.9.9.9`
hint: List the nodes: `metactl instance list`
--- exit 3

$ metactl add-metadata i-m1 --project --metadata a=1
--- stderr
error: the argument '[INSTANCE]' cannot be used with '--project[=<ID>]'

Usage: metactl add-metadata --metadata <K=V[,K=V…]> <INSTANCE|--project[=<ID>]>

For more information, try '--help'.
--- exit 2

$ metactl add-metadata --metadata a=1
--- stderr
error: the following required arguments were not provided:
  <INSTANCE|--project[=<ID>]>

Usage: metactl add-metadata --metadata <K=V[,K=V…]> <INSTANCE|--project[=<ID>]>

For more information, try '--help'.
--- exit 2

$ metactl remove-metadata i-m1
--- stderr
error: the following required arguments were not provided:
  <--keys <K[,K…]>|--all>

Usage: metactl remove-metadata <INSTANCE|--project[=<ID>]> <--keys <K[,K…]>|--all>

For more information, try '--help'.
--- exit 2

$ metactl remove-metadata i-m1 --all --keys a
--- stderr
error: the argument '--all' cannot be used with '--keys <K[,K…]>'

Usage: metactl remove-metadata <INSTANCE|--project[=<ID>]> <--keys <K[,K…]>|--all>

For more information, try '--help'.
--- exit 2

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[
            &["add-metadata", "i-m1", "--metadata", "a=1,b"],
            &["add-metadata", "i-m1", "--metadata", "a=1,b.c=2"],
            &["add-metadata", "i-m1", "--metadata", "a=1", "--metadata-from-file", "a=value"],
        ],
    );
}

#[test]
fn it_has_limits() {
    let home = scene::home();
    home.file("most", "v".repeat(262_144));
    home.file("more", "v".repeat(262_145));
    home.file("rest", "v".repeat(262_141));
    let key = "k".repeat(129);
    let text = session(
        &home,
        [
            &["add-metadata", "i-m1", "--metadata", &format!("{key}=1")],
            &["add-metadata", "i-m1", "--metadata-from-file", "a=more"],
            &["add-metadata", "i-m1", "--metadata-from-file", "a=most,b=most"],
            &["add-metadata", "i-m1", "--metadata-from-file", "a=most,b=rest"],
            &["add-metadata", "i-m1", "--metadata", "c="],
            &["add-metadata", "i-m1", "--metadata", "c=1"],
            &["remove-metadata", "i-m1", "--keys", "b"],
            &["add-metadata", "i-m1", "--metadata", "c=1"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl add-metadata i-m1 --metadata kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk=1
--- stderr
error: metadata key `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk`… (129 bytes) is not 1 to 128 characters of A-Z a-z 0-9 _ -
--- exit 2

$ metactl add-metadata i-m1 --metadata-from-file a=more
--- stderr
error: the value of metadata key `a` is 262145 bytes long; at most 262144 are accepted
--- exit 2

$ metactl add-metadata i-m1 --metadata-from-file a=most,b=most
--- stderr
error: the metadata of instance `i-m1` would be 524290 bytes in all (the largest value is `b`); at most 524288 are accepted
--- exit 2

$ metactl add-metadata i-m1 --metadata-from-file a=most,b=rest
--- stderr
set a, b of i-m1 at revision 8

$ metactl add-metadata i-m1 --metadata c=
--- stderr
set c of i-m1 at revision 9

$ metactl add-metadata i-m1 --metadata c=1
--- stderr
error: the metadata of instance `i-m1` would be 524289 bytes in all (the largest value is `a`); at most 524288 are accepted
--- exit 2

$ metactl remove-metadata i-m1 --keys b
--- stderr
removed b of i-m1 at revision 10

$ metactl add-metadata i-m1 --metadata c=1
--- stderr
set c of i-m1 at revision 11

"#]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = scene::home();
    closed_pipe(&home, &["add-metadata", "i-m1", "--metadata", "a=1", "-o", "json"]);
    closed_pipe(&home, &["remove-metadata", "i-m1", "--all", "-o", "yaml"]);
}
