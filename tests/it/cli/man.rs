//! `metactl man`

use snapbox::str;

use crate::support::{Home, assert_transcript};

#[test]
fn a_page_or_all_of_them() {
    let home = Home::new();
    let page = home.run(["man"]).ok();
    assert!(
        page.stdout.contains(".SH \"EXIT STATUS\"") && page.stdout.contains("METACTL_ENDPOINT")
    );
    let page = home.run(["man", "context", "set"]).ok();
    assert!(page.stdout.contains(".TH metactl-context-set 1"), "{page}");
    let ran = home.run(["man", "--dir", "pages/man1"]).ok();
    assert_eq!(ran.stdout, "");
    assert!(home.path().join("pages/man1/metactl-context-set.1").exists());
}

#[test]
fn what_goes_wrong() {
    let home = Home::new();
    assert_transcript(
        home.run(["man", "nope"]),
        str![[r#"
$ metactl man nope
--- stderr
error: there is no command `nope`
hint: List the commands: `metactl --help`
--- exit 3

"#]],
    );
    home.file("file", "");
    assert_transcript(
        home.run(["man", "--dir", "file"]),
        str![[r#"
$ metactl man --dir file
--- stderr
error: writing `file`
  cause: File exists (os error 17)
--- exit 1

"#]],
    );
    assert_transcript(
        home.run_unread(["man"]),
        str![[r#"
$ metactl man

"#]],
    );
}
