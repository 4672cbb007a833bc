//! `metactl import`

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn it_sets_what_the_document_holds() {
    let home = Home::new();
    home.file(
        "tree.yaml",
        "cl-1:\n  env:\n    port: 2181\n    big: 12345678901234567890\n    none:\n",
    );
    home.file("more.json", "{\"list\": [\"a\", {\"b\": 1.50}], \"empty\": {}, \"yes\": true}");
    let text = session(
        &home,
        [
            &["import", "tree.yaml"],
            &["import", "tree.yaml"],
            &["import", "more.json", "--at", "/cl-1/env", "-o", "json"],
            &["import", "more.json", "--at", "/cl-2/x", "-o", "yaml"],
            &["put", "/cl-1/env/port", "1"],
            &["import", "tree.yaml"],
            &["export"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl import tree.yaml
--- stderr
imported 3 keys, 3 of them changed, at revision 2

$ metactl import tree.yaml
--- stderr
nothing to change: 3 keys imported before

$ metactl import more.json --at /cl-1/env -o json
{
  "keys": 3,
  "changed": 3,
  "revision": 3,
  "parts": 1
}
--- stderr
imported 3 keys, 3 of them changed, at revision 3

$ metactl import more.json --at /cl-2/x -o yaml
changed: 3
keys: 3
parts: 1
revision: 4
--- stderr
imported 3 keys, 3 of them changed, at revision 4

$ metactl put /cl-1/env/port 1
--- stderr
put /cl-1/env/port at revision 5

$ metactl import tree.yaml
--- stderr
imported 3 keys, 1 of them changed, at revision 6

$ metactl export
cl-1:
  env:
    big: "12345678901234567890"
    list:
      "0": a
      "1":
        b: "1.50"
    none: ""
    port: "2181"
    "yes": "true"
cl-2:
  x:
    list:
      "0": a
      "1":
        b: "1.50"
    "yes": "true"

"#]],
    );
}

#[test]
fn it_reads_standard_input_and_finds_out_the_language() {
    let home = scene::home();
    home.run_input(["import", "-"], "{\"a\": {\"b\": \"\\ud83d\\ude00\"}}").ok();
    home.run_input(["import", "-", "--format", "yaml"], "{\"c\": d, e: [f]}").ok();
    home.run_input(["--as", "i-w1", "import", "--at", "/self/env", "-"], "port: 7\n").ok();
    home.run_input(["import", "-"], "# nothing at all\n").ok();
    let text = session(
        &home,
        [&["export", "/a"], &["export", "/c"], &["export", "/e"], &["export", "/cl-one/env"]],
    );
    assert_text(
        text,
        str![[r#"
$ metactl export /a
a:
  b: "😀"

$ metactl export /c
c: d

$ metactl export /e
e:
  "0": f

$ metactl export /cl-one/env
cl-one:
  env:
    motd: |
      one
      two
    port: "7"

"#]],
    );
}

#[test]
fn what_is_wrong_has_its_line_and_nothing_is_written() {
    let home = scene::home();
    home.file("twice.yaml", "cl-1:\n  env:\n    a: 1\n    a: 2\n");
    home.file("slash.json", "{\"cl-1\": {\"ok\": 1},\n \"a/b\": 2}");
    home.file("own.yaml", "ok: 1\n_metad:\n  mapping: {}\n  x: 1\n");
    home.file("record.yaml", "ok: 1\n_metactl: {self: x}\n");
    home.file("self.yaml", "ok: 1\nself:\n  host:\n    ip: 1\n");
    home.file("link.yaml", "cl-one:\n  links:\n    zk:\n      env: {a: 1}\n");
    home.file("broken.json", "{\"ok\": 1,\n \"b\": }");
    home.file("broken.yaml", "ok: 1\nb: [1\nc: 2\n");
    home.file("two.yaml", "ok: 1\n---\nok: 2\n");
    home.file("bytes.yaml", b"ok: 1\nb: \xff\n");
    home.file("clash.yaml", "cl-one:\n  env: text\n");
    home.file("dots.yaml", "ok: 1\n..: 2\n");
    let files = [
        "twice.yaml",
        "slash.json",
        "own.yaml",
        "record.yaml",
        "self.yaml",
        "link.yaml",
        "broken.json",
        "broken.yaml",
        "two.yaml",
        "bytes.yaml",
        "dots.yaml",
    ];
    let text = files.map(|file| home.run(["import", file]).to_string()).join("\n");
    assert_text(
        text,
        str![[r#"
$ metactl import twice.yaml
--- stderr
error: `twice.yaml` line 4, at `/cl-1/env`: key `a` is given twice
--- exit 2

$ metactl import slash.json
--- stderr
error: `slash.json` line 2, at `/`: key `a/b` holds `/`; a segment is text without `/` and control characters
--- exit 2

$ metactl import own.yaml
--- stderr
error: `own.yaml` line 4: `/_metad/x` cannot be taken
  cause: `/_metad` is not taken from documents
--- exit 2

$ metactl import record.yaml
--- stderr
error: `record.yaml` line 2: `/_metactl/self` cannot be taken
  cause: `/_metactl` is not taken from documents
--- exit 2

$ metactl import self.yaml
--- stderr
error: `self.yaml` line 4: `/self/host/ip` cannot be taken
  cause: `/self` is a view, and nothing is stored there
hint: Give the real paths, or the place: `--at /self/host/attributes`
--- exit 2

$ metactl import link.yaml
--- stderr
error: `link.yaml` line 4: `/cl-one/links/zk/env/a` cannot be taken
  cause: it lies behind a link; links are for reading
--- exit 2

$ metactl import broken.json
--- stderr
error: `broken.json` line 2: not JSON: unexpected closing curly bracket, no array to close
--- exit 2

$ metactl import broken.yaml
--- stderr
error: `broken.yaml` line 3: not YAML: illegal placement of ':' indicator
--- exit 2

$ metactl import two.yaml
--- stderr
error: `two.yaml` line 2: a second document starts; one is accepted
--- exit 2

$ metactl import bytes.yaml
--- stderr
error: `bytes.yaml` line 2: not UTF-8 text: there is a byte 0xff
--- exit 2

$ metactl import dots.yaml
--- stderr
error: `dots.yaml` line 2, at `/`: key `..` holds the segment `..`, which is not accepted
--- exit 2

"#]],
    );
    for file in files {
        refuses_without_a_trace(&home, 2, &[&["import", file]]);
    }
    let text = session(
        &home,
        [
            &["import", "clash.yaml"],
            &["import", "nothing.yaml"],
            &["import", "."],
            &["import", "twice.yaml", "--at", "/_metactl"],
            &["import", "twice.yaml", "-o", "text"],
            &["import", "twice.yaml", "-o", "env"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl import clash.yaml
--- stderr
error: `/cl-one/env` cannot be set: it is a directory
--- exit 4

$ metactl import nothing.yaml
--- stderr
error: reading the file `nothing.yaml`
  cause: No such file or directory (os error 2)
--- exit 1

$ metactl import .
--- stderr
error: `.` is a directory
--- exit 2

$ metactl import twice.yaml --at /_metactl
--- stderr
error: `/_metactl` is among metactl's own records, which are not part of the tree
--- exit 2

$ metactl import twice.yaml -o text
--- stderr
error: `twice.yaml` line 4, at `/cl-1/env`: key `a` is given twice
--- exit 2

$ metactl import twice.yaml -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

"#]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = Home::new();
    home.file("tree.yaml", "a: b\n");
    closed_pipe(&home, &["import", "tree.yaml", "-o", "json"]);
}
