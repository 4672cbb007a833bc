//! `metactl exec`

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rustix::process::Signal;
use snapbox::str;

use super::scene::{self, session};
use crate::support::{Home, Running, assert_text, until};

#[test]
fn values_become_variables() {
    let home = scene::home();
    home.run(["put", "/cl-one/env/log.level", "debug it"]).ok();
    let show = "echo \"$port/$log_level/$motd\"";
    let text = session(
        &home,
        [
            &["exec", "--as", "i-m1", "--", "sh", "-c", show],
            &["exec", "--prefix", "/cl-one/env", "--only", "port", "--", "sh", "-c", show],
            &[
                "exec",
                "--prefix",
                "/cl-one/env",
                "--only",
                "log.level,port",
                "--upcase",
                "--",
                "sh",
                "-c",
                "echo \"$PORT/$LOG_LEVEL/$port\"",
            ],
            &[
                "exec",
                "--prefix",
                "/cl-one/hosts/master/i-m1",
                "--prefix",
                "/cl-one/cluster/zone",
                "--",
                "sh",
                "-c",
                "echo $node_id in $zone; echo $HOME",
            ],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl exec --as i-m1 -- sh -c 'echo "$port/$log_level/$motd"'
2181/debug it/one
two


$ metactl exec --prefix /cl-one/env --only port -- sh -c 'echo "$port/$log_level/$motd"'
2181//

$ metactl exec --prefix /cl-one/env --only log.level,port --upcase -- sh -c 'echo "$PORT/$LOG_LEVEL/$port"'
2181/debug it/

$ metactl exec --prefix /cl-one/hosts/master/i-m1 --prefix /cl-one/cluster/zone -- sh -c 'echo $node_id in $zone; echo $HOME'
cln-m1 in pek3
[HOME]

"#]],
    );
}

#[test]
fn what_cannot_be_is_named_and_nothing_is_started() {
    let home = scene::home();
    home.run(["put", "/x/a-b", "1"]).ok();
    home.run(["put", "/x/a.b", "2"]).ok();
    home.file("large", "v".repeat(4 << 20));
    home.run(["put", "/large/blob", "@large"]).ok();
    home.file("nul", "a\0b");
    home.run(["put", "/nul/text", "@nul"]).ok();
    home.file("script", "#!/bin/sh\n");
    let text = session(
        &home,
        [
            &["exec", "--prefix", "/x", "--", "touch", "started"],
            &["exec", "--prefix", "/nul", "--", "touch", "started"],
            &["exec", "--prefix", "/cl-one/env", "--only", "port,no", "--", "touch", "started"],
            &["exec", "--prefix", "/none/at/all", "--", "touch", "started"],
            &["exec", "--prefix", "/none", "--watch", "--", "touch", "started"],
            &["exec", "--", "touch", "started"],
            &["exec", "--prefix", "/cl-one/env", "--", "no-such-command"],
            &["exec", "--prefix", "/cl-one/env", "--watch", "--", "no-such-command"],
            &["exec", "--prefix", "/cl-one/env", "--", "./script"],
            &["exec", "--prefix", "/cl-one/env", "--watch", "--", "./script"],
            &["exec", "--prefix", "/cl-one/env"],
            &["exec", "--grace", "1s", "--", "true"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl exec --prefix /x -- touch started
--- stderr
error: `/x/a-b` and `/x/a.b` would both be the variable `a_b`
hint: Choose some of the keys: `--only KEY,…`
--- exit 2

$ metactl exec --prefix /nul -- touch started
--- stderr
error: the value of `/nul/text` holds a NUL, which no variable can carry
hint: Choose some of the keys: `--only KEY,…`
--- exit 2

$ metactl exec --prefix /cl-one/env --only port,no -- touch started
--- stderr
error: there is no key `no` below `/cl-one/env`
hint: See what there is: `metactl get /cl-one/env`
--- exit 3

$ metactl exec --prefix /none/at/all -- touch started
--- stderr
error: there is nothing at `/none/at/all`
hint: See what there is: `metactl ls /`
--- exit 3

$ metactl exec --prefix /none --watch -- touch started
--- stderr
error: there is nothing at `/none`
--- exit 3

$ metactl exec -- touch started
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

$ metactl exec --prefix /cl-one/env -- no-such-command
--- stderr
error: starting `no-such-command`
  cause: No such file or directory (os error 2)
--- exit 127

$ metactl exec --prefix /cl-one/env --watch -- no-such-command
--- stderr
error: starting `no-such-command`
  cause: No such file or directory (os error 2)
--- exit 127

$ metactl exec --prefix /cl-one/env -- ./script
--- stderr
error: starting `./script`
  cause: Permission denied (os error 13)
--- exit 126

$ metactl exec --prefix /cl-one/env --watch -- ./script
--- stderr
error: starting `./script`
  cause: Permission denied (os error 13)
--- exit 126

$ metactl exec --prefix /cl-one/env
--- stderr
error: the following required arguments were not provided:
  <COMMAND>...

Usage: metactl exec --prefix <PATH> -- <COMMAND>...

For more information, try '--help'.
--- exit 2

$ metactl exec --grace 1s -- true
--- stderr
error: the following required arguments were not provided:
  --watch

Usage: metactl exec --watch --grace <DURATION> -- <COMMAND>...

For more information, try '--help'.
--- exit 2

"#]],
    );
    let ran = home.run(["exec", "--prefix", "/large", "--", "touch", "started"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("the value of `/large/blob` is 4194304 bytes long"), "{ran}");
    assert!(!home.path().join("started").exists());
}

#[test]
fn many_values_that_are_too_much_together_are_not_runnable() {
    let home = Home::new();
    // Each is a variable, all of them are more than any system takes.
    let tree: String =
        (0..100).map(|number| format!("  key{number}: {}\n", "v".repeat(100_000))).collect();
    home.run_input(["import", "-"], format!("big:\n{tree}")).ok();
    for watch in [&[][..], &["--watch"]] {
        let words = [&["exec", "--prefix", "/big"], watch, &["--", "touch", "started"]].concat();
        let ran = home.run(words);
        assert_eq!(ran.code, 126, "{ran}");
        assert!(ran.stderr.contains("the largest of 100 variables is `key"), "{ran}");
    }
    assert!(!home.path().join("started").exists());
}

#[test]
fn the_command_takes_its_place() {
    let home = scene::home();
    let words = ["exec", "--prefix", "/cl-one/env", "--", "sh", "-c"];
    let ran = home.run(words.iter().chain(&["exit 42"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (42, ""));
    let running = Running::start(home.command(words.iter().chain(&["echo $$; exec sleep 60"])));
    assert_eq!(running.line(), running.id().to_string());
    running.signal(Signal::TERM);
    let (code, ..) = running.end();
    assert_eq!(code, -15);
    let ran = home.run_input(words.iter().chain(&["cat"]), "what was typed\n");
    assert_eq!(ran.stdout, "what was typed\n");
    // A command whose reader is gone ends by SIGPIPE, as it does without metactl.
    let ran = home.run_unread(words.iter().chain(&["echo x; echo still there >&2"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (-1, ""));
}

/// A program that says what it has, and goes on until it is told to end, or until
/// nobody is there any more who would tell it.
const SERVER: &str = "trap 'echo ended; exit 7' TERM; trap 'echo told' HUP; echo port $port; \
                      while kill -0 $PPID; do sleep 0.02; done";

/// That program with a watch.
fn watched(home: &Home, more: &[&str]) -> Command {
    let words = ["exec", "--watch", "--debounce", "0", "--prefix", "/cl-one/env"];
    home.command(words.iter().chain(more).chain(&["--", "sh", "-c", SERVER]))
}

fn is_started_again(home: &Home, disturb: impl FnOnce(&Running)) {
    let running = Running::start(watched(home, &[]));
    assert_eq!(running.line(), "port 2181");
    home.run(["put", "/cl-one/env/port", "2182"]).ok();
    assert_eq!(running.take(2), ["ended", "port 2182"]);
    disturb(&running);
    home.run(["put", "/cl-one/env/port", "2183"]).ok();
    assert_eq!(running.take(2), ["ended", "port 2183"]);
    running.signal(Signal::HUP);
    assert_eq!(running.line(), "told");
    running.signal(Signal::TERM);
    let (code, rest, _) = running.end();
    assert_eq!((code, rest), (7, vec!["ended".to_owned()]));
}

#[test]
fn a_change_starts_it_again() {
    let home = scene::home();
    is_started_again(&home, |running| {
        // Neither a value that is none of its own nor what cannot be a variable does.
        home.run(["put", "/cl-one/cluster/zone", "x"]).ok();
        home.run(["put", "/cl-one/env/po/rt", "1"]).ok();
        assert_eq!(running.take(2), ["ended", "port 2182"]);
        home.run(["put", "/cl-one/env/po.rt", "2"]).ok();
        running.says("warning: the command goes on with its old variables: `/cl-one/env/po.rt`");
        home.run(["rm", "/cl-one/env/po.rt"]).ok();
    });
}

#[test]
fn a_killed_etcd_does_not_end_it() {
    let (home, etcd) = scene::home_on_etcd();
    scene::fill(&home);
    is_started_again(&home, |running| {
        etcd.member(0).kill();
        running.says("warning: the store does not answer, changes wait for it");
        etcd.member(0).restart();
        running.says("the store answers again");
    });
}

#[test]
fn only_chosen_keys_start_it_again() {
    let home = scene::home();
    let running = Running::start(watched(&home, &["--only", "port"]));
    assert_eq!(running.line(), "port 2181");
    home.run(["put", "/cl-one/env/motd", "changed"]).ok();
    home.run(["put", "/cl-one/env/port", "1"]).ok();
    assert_eq!(running.take(2), ["ended", "port 1"]);
}

#[test]
fn its_own_end_is_the_end() {
    let home = scene::home();
    let words = ["exec", "--watch", "--prefix", "/cl-one/env", "--", "sh", "-c"];
    for (script, expected) in [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)] {
        let ran = home.run(words.iter().chain(&[script]));
        assert_eq!((ran.code, ran.stderr.as_str()), (expected, ""), "{script}");
    }
    let ran = home.run_input(words.iter().chain(&["cat"]), "what was typed\n");
    assert_eq!(ran.stdout, "what was typed\n");
}

#[test]
fn what_does_not_heed_sigterm_is_killed_with_all_it_has_started() {
    let home = scene::home();
    let script = "trap '' TERM; (echo $$; exec sleep 600) & echo $! > child; echo port $port; \
                  while kill -0 $PPID; do sleep 0.02; done";
    let words = ["exec", "--watch", "--debounce", "0", "--grace", "100ms", "--prefix"];
    let more = ["/cl-one/env", "--", "sh", "-c", script];
    let running = Running::start(home.command(words.iter().chain(&more)));
    let started = |port: &str| {
        let mut lines = running.take(2);
        lines.sort();
        assert_eq!(lines[1], format!("port {port}"));
        let id = || std::fs::read_to_string(home.path().join("child")).unwrap();
        until("the child is known", || id().ends_with('\n'));
        id().trim().to_owned()
    };
    let first = started("2181");
    home.run(["put", "/cl-one/env/port", "1"]).ok();
    let second = started("1");
    assert_ne!(first, second);
    until("it is gone", || {
        let stat = std::fs::read_to_string(format!("/proc/{first}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    });
    running.signal(Signal::KILL);
    drop(running);
    let id = rustix::process::Pid::from_raw(second.parse().unwrap()).unwrap();
    rustix::process::kill_process(id, Signal::KILL).unwrap();
}

#[test]
fn a_script_that_may_be_run_is() {
    let home = scene::home();
    let script = home.file("start.sh", "#!/bin/sh\necho on $port with $1\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = home.run(["exec", "--prefix", "/cl-one/env", "--", "./start.sh", "--watch"]).ok();
    assert_eq!(ran.stdout, "on 2181 with --watch\n");
}
