//! The forms in which values are printed.

use snapbox::str;

use crate::support::{assert_transcript, sample};

#[test]
fn each_format_has_its_form() {
    let home = sample();
    let get = |path: &str, format: &str| home.run(["get", path, "-o", format]);
    assert_transcript(
        get("/cl-app/hosts", "json"),
        str![[r#"
$ metactl get /cl-app/hosts -o json
{
  "master": {
    "i-m1": {
      "attributes": {
        "color": "red"
      },
      "instance_id": "i-m1",
      "ip": "192.168.100.2",
      "node_id": "cln-m1",
      "sid": "1"
    },
    "i-m2": {
      "instance_id": "i-m2",
      "ip": "192.168.100.3",
      "node_id": "cln-m2",
      "sid": "2"
    }
  },
  "master-replica": {
    "i-r1": {
      "instance_id": "i-r1",
      "ip": "192.168.100.10",
      "node_id": "cln-r1",
      "sid": "3"
    }
  }
}

"#]],
    );
    assert_transcript(
        get("/cl-app/env", "yaml"),
        str![[r#"
$ metactl get /cl-app/env -o yaml
key:
  access_key_id: AKID
  secret_access_key: hidden
motd: |
  hello	there
  back\slash
port: "8080"

"#]],
    );
    assert_transcript(
        get("/cl-app/env", "env"),
        str![[r#"
$ metactl get /cl-app/env -o env
key_access_key_id='AKID'
key_secret_access_key='hidden'
motd='hello	there
back\slash
'
port='8080'

"#]],
    );
    assert_transcript(
        get("/cl-app/env", "tree"),
        str![[r#"
$ metactl get /cl-app/env -o tree
/cl-app/env
├── key/
│   ├── access_key_id = AKID
│   └── secret_access_key = hidden
├── motd = hello\tthere…
└── port = 8080

"#]],
    );
    assert_transcript(
        get("/cl-app/env", "value"),
        str![[r#"
$ metactl get /cl-app/env -o value
AKID
hidden
hello	there
back\slash
8080

"#]],
    );
    assert_transcript(
        get("/cl-app/env/port", "json"),
        str![[r#"
$ metactl get /cl-app/env/port -o json
"8080"

"#]],
    );
    assert_transcript(
        get("/cl-app/env/port", "yaml"),
        str![[r#"
$ metactl get /cl-app/env/port -o yaml
"8080"

"#]],
    );
    assert_transcript(
        get("/cl-app/env/port", "env"),
        str![[r#"
$ metactl get /cl-app/env/port -o env
port='8080'

"#]],
    );
    assert_transcript(
        get("/cl-app/env/port", "tree"),
        str![[r#"
$ metactl get /cl-app/env/port -o tree
8080

"#]],
    );
    assert_transcript(
        get("/cl-app/env", "table"),
        str![[r#"
$ metactl get /cl-app/env -o table
--- stderr
error: output format `table` is not one of this command
hint: Choose one of `-o text|json|yaml|tree|env|value`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env", "/cl-app/env/port", "-o", "json"]),
        str![[r#"
$ metactl get /cl-zk/env /cl-app/env/port -o json
{
  "/cl-app/env/port": "8080",
  "/cl-zk/env": {
    "tick": "2000"
  }
}

"#]],
    );
    home.run(["put", "/cl-app/env/a-b", "1"]).ok();
    home.run(["put", "/cl-app/env/a.b", "2"]).ok();
    assert_transcript(
        get("/cl-app/env", "env"),
        str![[r#"
$ metactl get /cl-app/env -o env
--- stderr
error: `/a-b` and `/a.b` would both be the variable `a_b`
hint: Ask for other paths, or choose another form: `-o json`
--- exit 2

"#]],
    );
}
