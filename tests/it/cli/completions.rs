//! `metactl completions SHELL`, and what a shell is answered

use std::process::Command;

use snapbox::str;

use crate::support::{Home, Ran, assert_transcript};

/// What bash would be offered for the last of `words`.
fn offered(home: &Home, words: &[&str]) -> Ran {
    let line = ["--", "metactl"].into_iter().chain(words.iter().copied());
    let index = words.len().to_string();
    home.run_with(line, |command: &mut Command| {
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", &index);
        command.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9");
        command.env("_CLAP_COMPLETE_SPACE", "false");
    })
}

fn home() -> Home {
    let home = Home::new();
    let tree = r#"{"cl-one": {"hosts": {"web": {"i-1": {"ip": "10.0.0.1"}, "i-2": {"ip": "10.0.0.2"}}},
        "env": {"port": "80"}}, "cl-two": {"hosts": {"i-3": {"ip": "10.0.0.3"}}}}"#;
    home.file("tree.json", tree);
    home.run(["import", "tree.json"]).ok();
    home
}

#[test]
fn every_shell_has_its_script() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = home.run(["completions", shell]).ok();
        assert!(ran.stdout.contains("COMPLETE"), "{ran}");
    }
    assert_transcript(
        home.run(["completions", "csh"]),
        str![[r#"
$ metactl completions csh
--- stderr
error: invalid value 'csh' for '<SHELL>'
  [possible values: bash, zsh, fish, powershell, elvish]

  tip: a similar value exists: 'zsh'

For more information, try '--help'.
--- exit 2

"#]],
    );
    assert_transcript(
        home.run_unread(["completions", "bash"]),
        str![[r#"
$ metactl completions bash

"#]],
    );
}

#[test]
fn commands_and_flags_complete() {
    let home = Home::new();
    assert_eq!(offered(&home, &["stat"]).ok().stdout.trim(), "status");
    assert_eq!(offered(&home, &["status", "--request-t"]).ok().stdout.trim(), "--request-timeout");
    assert_eq!(offered(&home, &["status", "-o", "js"]).ok().stdout.trim(), "json");
}

#[test]
fn what_the_store_holds_completes() {
    let home = home();
    assert_transcript(
        offered(&home, &["get", "/cl"]),
        str![[r#"
$ metactl -- metactl get /cl
/cl-one/
/cl-two/⏎̸

"#]],
    );
    assert_transcript(
        offered(&home, &["get", "/cl-one/"]),
        str![[r#"
$ metactl -- metactl get /cl-one/
/cl-one/env/
/cl-one/hosts/⏎̸

"#]],
    );
    assert_transcript(
        offered(&home, &["get", "/cl-one/env/"]),
        str![[r#"
$ metactl -- metactl get /cl-one/env/
/cl-one/env/port⏎̸

"#]],
    );
    assert_transcript(
        offered(&home, &["status", "--cluster", ""]),
        str![[r#"
$ metactl -- metactl status --cluster ''
cl-one
cl-two⏎̸

"#]],
    );
    assert_transcript(
        offered(&home, &["status", "--as", ""]),
        str![[r#"
$ metactl -- metactl status --as ''
i-1
i-2
i-3⏎̸

"#]],
    );
    assert_transcript(
        offered(&home, &["--cluster", "cl-two", "status", "--as", ""]),
        str![[r#"
$ metactl -- metactl --cluster cl-two status --as ''
i-3⏎̸

"#]],
    );
}

#[test]
fn contexts_complete() {
    let home = Home::new();
    home.run(["context", "set", "dev", "--endpoint", "file:x"]).ok();
    home.run(["context", "set", "prod", "--endpoint", "file:y"]).ok();
    assert_transcript(
        offered(&home, &["context", "use", ""]),
        str![[r#"
$ metactl -- metactl context use ''
dev
prod
--endpoint
--context
--as
--cluster
--output
--help⏎̸

"#]],
    );
}

#[test]
fn a_store_that_is_not_there_is_passed_over_in_silence() {
    let home = Home::new();
    assert_transcript(
        offered(&home, &["status", "--cluster", ""]),
        str![[r#"
$ metactl -- metactl status --cluster ''

"#]],
    );
    assert!(!home.path().join(".local").exists());
    // Nobody answers there.
    let line = ["--endpoint", "etcd://127.0.0.1:1", "status", "--cluster", ""];
    let before = std::time::Instant::now();
    assert_transcript(
        offered(&home, &line),
        str![[r#"
$ metactl -- metactl --endpoint etcd://127.0.0.1:1 status --cluster ''

"#]],
    );
    assert!(before.elapsed() < std::time::Duration::from_secs(5));
}
