//! Values as they were, and the revisions they come with.

use snapbox::str;

use crate::support::{assert_transcript, sample};

#[test]
fn revisions_are_kept_and_shown() {
    let home = sample();
    let before = home.run(["get", "/cl-zk/env/tick", "--meta", "-o", "json"]).ok();
    assert_transcript(
        before,
        str![[r#"
$ metactl get /cl-zk/env/tick --meta -o json
{
  "revision": 4,
  "entries": [
    {
      "path": "/cl-zk/env/tick",
      "value": "2000",
      "create_revision": 2,
      "mod_revision": 2,
      "expires": null
    }
  ]
}

"#]],
    );
    home.run(["put", "/cl-zk/env/tick", "3000"]).ok();
    assert_transcript(
        home.run(["get", "/cl-zk/env/tick", "--rev", "2"]),
        str![[r#"
$ metactl get /cl-zk/env/tick --rev 2
2000

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env/tick", "--rev", "999"]),
        str![[r#"
$ metactl get /cl-zk/env/tick --rev 999
--- stderr
error: revision `999` has not happened yet; the newest is 5
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env", "--meta", "-o", "yaml"]),
        str![[r#"
$ metactl get /cl-zk/env --meta -o yaml
entries:
- create_revision: 2
  expires: null
  mod_revision: 5
  path: /cl-zk/env/tick
  value: "3000"
revision: 5

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/env", "--meta"]),
        str![[r#"
$ metactl get /cl-zk/env --meta
--- stderr
error: `--meta` has no text form
hint: Add `-o json` or `-o yaml`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["get", "/cl-zk/none", "--meta", "-o", "json"]),
        str![[r#"
$ metactl get /cl-zk/none --meta -o json
--- stderr
error: there is nothing at `/cl-zk/none`
hint: See what there is: `metactl ls /cl-zk`
--- exit 3

"#]],
    );
    home.run(["put", "/cl-zk/env/short", "x", "--ttl", "1h"]).ok();
    let meta = home.run(["get", "/cl-zk/env/short", "--meta", "-o", "json"]).ok();
    assert!(meta.stdout.contains(r#""expires": "2"#), "{meta}");
}
