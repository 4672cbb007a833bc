//! `metactl`, `--help`, and words that do not fit

use snapbox::str;

use crate::support::{Home, assert_transcript};

#[test]
fn without_words_the_help_is_an_error() {
    let ran = Home::new().run([""; 0]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("Clusters and nodes:"), "{ran}");
}

#[test]
fn the_short_help_groups_the_commands() {
    let ran = Home::new().run(["-h"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("\nRead:\n  get "), "{ran}");
    assert!(!ran.stdout.contains("Examples:"), "{ran}");
    let long = Home::new().run(["--help"]);
    assert!(long.stdout.contains("Examples:\n  metactl get /self/host/ip\n"), "{long}");
}

#[test]
fn the_version_is_a_flag_too() {
    assert_transcript(
        Home::new().run(["--version"]),
        str![[r#"
$ metactl --version
metactl 0.1.0

"#]],
    );
    assert_transcript(
        Home::new().run(["-V"]),
        str![[r#"
$ metactl -V
metactl 0.1.0

"#]],
    );
}

#[test]
fn words_that_do_not_fit_are_usage() {
    let home = Home::new();
    assert_transcript(
        home.run(["staus"]),
        str![[r#"
$ metactl staus
--- stderr
error: unrecognized subcommand 'staus'

  tip: a similar subcommand exists: 'status'

Usage: metactl [OPTIONS] <COMMAND>

For more information, try '--help'.
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["status", "--frobnicate"]),
        str![[r#"
$ metactl status --frobnicate
--- stderr
error: unexpected argument '--frobnicate' found

Usage: metactl status [OPTIONS]

For more information, try '--help'.
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["status", "-o", "xml"]),
        str![[r#"
$ metactl status -o xml
--- stderr
error: invalid value 'xml' for '--output <FORMAT>'
  [possible values: text, json, yaml, table, tree, env, value]

  tip: a similar value exists: 'yaml'

For more information, try '--help'.
--- exit 2

"#]],
    );
    assert_eq!(home.run(["context"]).code, 2);
}

#[test]
fn help_to_nobody_is_no_failure() {
    assert_transcript(
        Home::new().run_unread(["--help"]),
        str![[r#"
$ metactl --help

"#]],
    );
}
