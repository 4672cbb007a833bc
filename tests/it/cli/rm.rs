//! `metactl rm`

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::assert_text;

#[test]
fn it_deletes_keys_and_directories() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["rm", "/cl-one/env/port"],
            &["rm", "/cl-one/cluster/zone", "/cl-one/env/motd", "-o", "json"],
            &["rm", "-r", "/cl-one/adding-hosts", "/cl-one/adding-hosts/worker", "--yes"],
            &["rm", "--yes", "-r", "/cl-two/hosts", "-o", "yaml"],
            &["--as", "i-m1", "rm", "/self/host/gid"],
            &["export", "-o", "text"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rm /cl-one/env/port
--- stderr
removed 1 key at revision 8

$ metactl rm /cl-one/cluster/zone /cl-one/env/motd -o json
{
  "paths": [
    "/cl-one/cluster/zone",
    "/cl-one/env/motd"
  ],
  "keys": 2,
  "revision": 9
}
--- stderr
removed 2 keys at revision 9

$ metactl rm -r /cl-one/adding-hosts /cl-one/adding-hosts/worker --yes
--- stderr
removed 6 keys at revision 10

$ metactl rm --yes -r /cl-two/hosts -o yaml
keys: 4
paths:
- /cl-two/hosts
revision: 11
--- stderr
removed 4 keys at revision 11

$ metactl --as i-m1 rm /self/host/gid
--- stderr
removed 1 key at revision 12

$ metactl export -o text
/cl-one/cluster/cluster_id	cl-one
/cl-one/hosts/master/i-m1/instance_id	i-m1
/cl-one/hosts/master/i-m1/ip	10.0.0.2
/cl-one/hosts/master/i-m1/node_id	cln-m1
/cl-one/hosts/master/i-m1/role	master
/cl-one/hosts/master/i-m1/sid	1
/cl-one/hosts/worker/i-w1/gid	2
/cl-one/hosts/worker/i-w1/instance_id	i-w1
/cl-one/hosts/worker/i-w1/ip	10.0.0.3
/cl-one/hosts/worker/i-w1/node_id	cln-w1
/cl-one/hosts/worker/i-w1/role	worker
/cl-one/hosts/worker/i-w1/sid	2
/cl-one/hosts/worker/i-w2/gid	3
/cl-one/hosts/worker/i-w2/instance_id	i-w2
/cl-one/hosts/worker/i-w2/ip	10.0.0.4
/cl-one/hosts/worker/i-w2/node_id	cln-w2
/cl-one/hosts/worker/i-w2/role	worker
/cl-one/hosts/worker/i-w2/sid	10
/cl-two/cluster/cluster_id	cl-two
/projects/web/attributes/motd	from the project
/projects/web/attributes/tier	web

"#]],
    );
}

#[test]
fn it_asks_before_a_directory_goes() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["rm", "/cl-one/hosts"],
            &["rm", "-r", "/cl-one/hosts"],
            &["rm", "-r", "/cl-one", "/cl-two/hosts"],
            &["rm", "/nothing"],
            &["rm", "/cl-one/env/port", "/nothing"],
            &["rm", "-r", "--yes", "/"],
            &["rm", "/_metactl/self"],
            &["--as", "i-m1", "rm", "-r", "/self/host"],
            &["rm"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rm /cl-one/hosts
--- stderr
error: `/cl-one/hosts` is a directory with 18 keys
hint: Add `-r` to delete it with everything below
--- exit 2

$ metactl rm -r /cl-one/hosts
--- stderr
error: delete `/cl-one/hosts` with 18 keys in file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

$ metactl rm -r /cl-one /cl-two/hosts
--- stderr
warning: the mapping and the records of cluster `cl-one` stay; `metactl cluster delete cl-one` deletes them too
error: delete `/cl-one`, `/cl-two/hosts` with 32 keys in file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

$ metactl rm /nothing
--- stderr
error: there is nothing at `/nothing`
--- exit 3

$ metactl rm /cl-one/env/port /nothing
--- stderr
error: there is nothing at `/nothing`
--- exit 3

$ metactl rm -r --yes /
--- stderr
error: `/` is the top of the tree; a path below it is accepted
--- exit 2

$ metactl rm /_metactl/self
--- stderr
error: `/_metactl/self` is among metactl's own records, which are not part of the tree
--- exit 2

$ metactl --as i-m1 rm -r /self/host
--- stderr
error: `/self/host` is a link to `/cl-one/hosts/master/i-m1`; only what is below it can be written
hint: Write to `/cl-one/hosts/master/i-m1` itself, or below it
--- exit 2

$ metactl rm
--- stderr
error: the following required arguments were not provided:
  <PATH>...

Usage: metactl rm <PATH>...

For more information, try '--help'.
--- exit 2

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[&["rm", "/cl-one"], &["rm", "-r", "/cl-one"], &["rm", "-r", "/", "--yes"]],
    );
    refuses_without_a_trace(&home, 3, &[&["rm", "/cl-one/env/port", "/cl-one/env/nothing"]]);
}

#[test]
fn it_has_a_condition() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["put", "/x", "1"],
            &["rm", "/x", "--if-rev", "3"],
            &["rm", "/x", "/cl-one/env/port", "--if-rev", "8"],
            &["rm", "-r", "/cl-one", "--if-rev", "8", "--yes"],
            &["rm", "/x", "--if-rev", "8"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /x 1
--- stderr
put /x at revision 8

$ metactl rm /x --if-rev 3
--- stderr
error: `/x` was last changed by revision 8, not at revision 3
--- exit 4

$ metactl rm /x /cl-one/env/port --if-rev 8
--- stderr
error: a revision is a condition on a single leaf
hint: Give `--if-rev N` together with the path of one leaf
--- exit 2

$ metactl rm -r /cl-one --if-rev 8 --yes
--- stderr
error: a revision is a condition on a single leaf
hint: Give `--if-rev N` together with the path of one leaf
--- exit 2

$ metactl rm /x --if-rev 8
--- stderr
removed 1 key at revision 9

"#]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    closed_pipe(&scene::home(), &["rm", "/cl-one/env/port", "-o", "json"]);
}
