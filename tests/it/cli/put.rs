//! `metactl put`

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn it_sets_a_value() {
    let home = Home::new();
    let text = session(
        &home,
        [
            &["put", "/cl-1/env/port", "2181"],
            &["put", "/cl-1/env/port", "2181"],
            &["put", "/cl-1/env/offset", "-5"],
            &["put", "/cl-1/env/flag", "--", "--yes"],
            &["put", "/x", "@-", "--literal"],
            &["put", "//y/", "z", "-q"],
            &["put", "/j", "1", "-o", "json"],
            &["put", "/j", "1", "-o", "yaml"],
            &["put", "/j", "1", "-o", "table"],
            &["export", "-o", "text"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /cl-1/env/port 2181
--- stderr
put /cl-1/env/port at revision 2

$ metactl put /cl-1/env/port 2181
--- stderr
/cl-1/env/port has that value already

$ metactl put /cl-1/env/offset -5
--- stderr
put /cl-1/env/offset at revision 3

$ metactl put /cl-1/env/flag -- --yes
--- stderr
put /cl-1/env/flag at revision 4

$ metactl put /x @- --literal
--- stderr
put /x at revision 5

$ metactl put //y/ z -q

$ metactl put /j 1 -o json
{
  "path": "/j",
  "revision": 7,
  "changed": true
}
--- stderr
put /j at revision 7

$ metactl put /j 1 -o yaml
changed: false
path: /j
revision: 7
--- stderr
/j has that value already

$ metactl put /j 1 -o table
--- stderr
error: output format `table` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

$ metactl export -o text
/cl-1/env/flag	--yes
/cl-1/env/offset	-5
/cl-1/env/port	2181
/j	1
/x	@-
/y	z

"#]],
    );
}

#[test]
fn it_has_conditions() {
    let home = Home::new();
    let text = session(
        &home,
        [
            &["put", "/x", "1", "--if-absent"],
            &["put", "/x", "1", "--if-absent"],
            &["put", "/x", "2", "--if-rev", "0"],
            &["put", "/x", "2", "--if-rev", "2"],
            &["put", "/x", "2", "--if-rev", "2"],
            &["put", "/x", "2", "--if-rev", "3"],
            &["put", "/nothing", "2", "--if-rev", "3"],
            &["put", "/x", "2", "--if-rev", "3", "--if-absent"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /x 1 --if-absent
--- stderr
put /x at revision 2

$ metactl put /x 1 --if-absent
--- stderr
error: `/x` is there since revision 2
--- exit 4

$ metactl put /x 2 --if-rev 0
--- stderr
error: `/x` is there since revision 2
--- exit 4

$ metactl put /x 2 --if-rev 2
--- stderr
put /x at revision 3

$ metactl put /x 2 --if-rev 2
--- stderr
error: `/x` was last changed by revision 3, not at revision 2
--- exit 4

$ metactl put /x 2 --if-rev 3
--- stderr
/x has that value already

$ metactl put /nothing 2 --if-rev 3
--- stderr
error: `/nothing` is not there, not at revision 3
--- exit 4

$ metactl put /x 2 --if-rev 3 --if-absent
--- stderr
error: the argument '--if-rev <REVISION>' cannot be used with '--if-absent'

Usage: metactl put --if-rev <REVISION> <PATH> <VALUE>

For more information, try '--help'.
--- exit 2

"#]],
    );
}

#[test]
fn it_takes_files_and_standard_input_byte_for_byte() {
    let home = Home::new();
    home.file("value", "two\nlines\n");
    home.run(["put", "/file", "@value"]).ok();
    home.run_input(["put", "/stdin", "-"], "\n\ttext\n\n").ok();
    home.run(["put", "/empty", ""]).ok();
    let text = session(&home, [&["export"], &["put", "/x", "@nothing"], &["put", "/x", "@"]]);
    assert_text(
        text,
        str![[r#"
$ metactl export
empty: ""
file: |
  two
  lines
stdin: "\n\ttext\n\n"

$ metactl put /x @nothing
--- stderr
error: reading the file `nothing`
  cause: No such file or directory (os error 2)
--- exit 1

$ metactl put /x @
--- stderr
error: `@` without the name of a file
hint: Type `@FILE`, or `--literal` before a value that is `@` itself
--- exit 2

"#]],
    );
}

#[test]
fn it_refuses_what_is_no_value_or_no_place() {
    let home = scene::home();
    home.file("bytes", b"abc\xff");
    let text = session(
        &home,
        [
            &["put", "/x", "@bytes"],
            &["put", "/", "1"],
            &["put", "x", "1"],
            &["put", "/a/../b", "1"],
            &["put", "/_metactl/self", "1"],
            &["put", "/cl-one/env", "1"],
            &["put", "/cl-one/env/port/x", "1"],
            &["put", "/cl-one/links/zk/env/x", "1"],
            &["put", "/x", "1", "--ttl", "1s"],
            &["put", "/x", "1", "--ttl", "soon"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /x @bytes
--- stderr
error: the value of `/x` is not UTF-8 text: byte 3 is 0xff
hint: Encode it first, for instance with `base64`
--- exit 2

$ metactl put / 1
--- stderr
error: `/` is the top of the tree; a path below it is accepted
--- exit 2

$ metactl put x 1
--- stderr
error: path `x` does not start with `/`
hint: Type the whole path, as in `/x`
--- exit 2

$ metactl put /a/../b 1
--- stderr
error: path `/a/../b` holds the segment `..`, which is not accepted
--- exit 2

$ metactl put /_metactl/self 1
--- stderr
error: `/_metactl/self` is among metactl's own records, which are not part of the tree
--- exit 2

$ metactl put /cl-one/env 1
--- stderr
error: `/cl-one/env` cannot be set: it is a directory
--- exit 4

$ metactl put /cl-one/env/port/x 1
--- stderr
error: `/cl-one/env/port/x` cannot be set: `/cl-one/env/port` has a value and is no directory
--- exit 4

$ metactl put /cl-one/links/zk/env/x 1
--- stderr
error: `/cl-one/links/zk/env/x` lies behind a link, `/cl-one/links/zk/env/x`; links are for reading
hint: Write to the linked cluster by its own path, as `metactl ls /` shows it
--- exit 2

$ metactl put /x 1 --ttl 1s
--- stderr
error: a time to live of 1s for `/x` is too short; 2 s at least are accepted
--- exit 2

$ metactl put /x 1 --ttl soon
--- stderr
error: invalid value 'soon' for '--ttl <DURATION>': duration `soon` is not one; accepted are seconds (`30`) and numbers with the units ms, s, m, h, d, w, as in `100ms`, `1h30m`, `7d`

For more information, try '--help'.
--- exit 2

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[
            &["put", "/x", "@bytes"],
            &["put", "/a\u{7}b", "1"],
            &["put", "/a/./b", "1"],
            &["put", "/_metactl/x", "1"],
        ],
    );
    let argument = OsStr::from_bytes(b"ab\xfe");
    let ran = home.run([OsStr::new("put"), OsStr::new("/x"), argument]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("the value of `/x` is not UTF-8 text: byte 2 is 0xfe"), "{ran}");
}

#[test]
fn it_writes_through_self() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["--as", "cln-m1", "put", "/self/host/attributes/motd", "hello", "-o", "json"],
            &["--as", "10.0.0.3", "put", "/self/env/port", "1"],
            &["--as", "i-m1", "put", "/self/host", "1"],
            &["--as", "i-m1", "put", "/self/links/other/env/x", "1"],
            &["--as", "i-m1", "put", "/self/nothing/x", "1"],
            &["--as", "i-none", "put", "/self/host/x", "1"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl --as cln-m1 put /self/host/attributes/motd hello -o json
{
  "path": "/cl-one/hosts/master/i-m1/attributes/motd",
  "revision": 8,
  "changed": true
}
--- stderr
put /cl-one/hosts/master/i-m1/attributes/motd at revision 8

$ metactl --as 10.0.0.3 put /self/env/port 1
--- stderr
put /cl-one/env/port at revision 9

$ metactl --as i-m1 put /self/host 1
--- stderr
error: `/self/host` is a link to `/cl-one/hosts/master/i-m1`; only what is below it can be written
hint: Write to `/cl-one/hosts/master/i-m1` itself, or below it
--- exit 2

$ metactl --as i-m1 put /self/links/other/env/x 1
--- stderr
error: `/self/links/other/env/x` lies behind a link, `/cl-two/env/x`; links are for reading
hint: Write to the linked cluster by its own path, as `metactl ls /` shows it
--- exit 2

$ metactl --as i-m1 put /self/nothing/x 1
--- stderr
error: no link of this node leads to `/self/nothing/x`
hint: See what there is: `metactl ls /self`
--- exit 3

$ metactl --as i-none put /self/host/x 1
--- stderr
error: no mapping leads to the node `i-none`
hint: List the nodes: `metactl instance list`
--- exit 3

"#]],
    );
}

#[test]
fn a_value_can_have_its_time() {
    let home = Home::new();
    let ran = home.run(["put", "/leader", "me", "--ttl", "2s", "-o", "json"]).ok();
    let done: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(done["lease"].as_i64().is_some_and(|lease| lease != 0), "{ran}");
    let start = std::time::Instant::now();
    while home.run(["put", "/leader", "you", "--if-absent"]).code == 4 {
        assert!(start.elapsed().as_secs() < 20, "the key stays");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(start.elapsed().as_millis() > 500, "the key went at once");
}

#[test]
fn nobody_has_to_read_its_output() {
    closed_pipe(&Home::new(), &["put", "/x", "1", "-o", "json"]);
}
