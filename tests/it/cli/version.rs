//! `metactl version`

use snapbox::str;

use crate::support::{Home, assert_transcript};

#[test]
fn in_each_form() {
    let home = Home::new();
    assert_transcript(
        home.run(["version"]),
        str![[r#"
$ metactl version
metactl 0.1.0

"#]],
    );
    assert_transcript(
        home.run(["version", "-o", "json"]),
        str![[r#"
$ metactl version -o json
{
  "version": "0.1.0"
}

"#]],
    );
    assert_transcript(
        home.run(["version", "-o", "yaml"]),
        str![[r#"
$ metactl version -o yaml
version: "0.1.0"

"#]],
    );
    assert_transcript(
        home.run(["version", "-o", "table"]),
        str![[r#"
$ metactl version -o table
--- stderr
error: output format `table` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run_unread(["version"]),
        str![[r#"
$ metactl version

"#]],
    );
}
