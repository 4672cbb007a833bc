//! `metactl status`

use snapbox::str;

use crate::support::{Home, assert_transcript};

fn home() -> Home {
    let home = Home::new();
    home.run(["put", "/a/b", "1"]).ok();
    home
}

#[test]
fn in_each_form() {
    let home = home();
    assert_transcript(
        home.run(["status"]),
        str![[r#"
$ metactl status
endpoint	file:[HOME]/.local/share/metactl/metadata.db
kind	sqlite
version	[..]
revision	2
oldest	1
keys	2
size	[..]

"#]],
    );
    assert_transcript(
        home.run(["status", "-o", "table"]),
        str![[r#"
$ metactl status -o table
endpoint   file:[HOME]/.local/share/metactl/metadata.db
kind       sqlite [..]
revision   2, readable from 1 on
keys       2
size       [..]iB

"#]],
    );
    assert_transcript(
        home.run(["status", "-o", "json"]),
        str![[r#"
$ metactl status -o json
{
  "endpoint": "file:[HOME]/.local/share/metactl/metadata.db",
  "kind": "sqlite",
  "version": "[..]",
  "revision": 2,
  "oldest": 1,
  "keys": 2,
  "size": [..]
}

"#]],
    );
    assert_transcript(
        home.run(["status", "-o", "yaml"]),
        str![[r#"
$ metactl status -o yaml
endpoint: file:[HOME]/.local/share/metactl/metadata.db
keys: 2
kind: sqlite
oldest: 1
revision: 2
size: [..]
version: "[..]"

"#]],
    );
    assert_transcript(
        home.run(["status", "-o", "env"]),
        str![[r#"
$ metactl status -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run_unread(["status"]),
        str![[r#"
$ metactl status

"#]],
    );
}

#[test]
fn an_endpoint_that_does_not_answer_is_unavailable() {
    // A port that nobody listens on: the system gave it to us, and we let it go.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("etcd://127.0.0.1:{port}");
    let ran = Home::new().run(["status", "--endpoint", &endpoint, "--request-timeout", "500ms"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains(&format!("127.0.0.1:{port}")), "{ran}");
}
