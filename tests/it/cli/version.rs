//! `metactl version`

use snapbox::str;

use crate::support::{Home, assert_transcript};

#[test]
fn it_names_the_program() {
    let home = Home::new();
    assert_transcript(
        home.run(["version"]),
        str![[r#"
$ metactl version
metactl 0.1.0

"#]],
    );
}
