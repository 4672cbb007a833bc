//! Operations in flight: held, interrupted, taken over, finished, undone.

use rustix::process::Signal;
use serde_json::Value;
use snapbox::str;

use crate::cli::scene::{self, session};
use crate::support::{Home, Running, assert_text};

fn home() -> Home {
    let home = Home::new();
    home.run(["cluster", "create", "--role", "a=2", "--id", "cl-plain"]).ok();
    home
}

/// The whole store but its log, as `export` and the mapping show it.
fn everything(home: &Home) -> String {
    let show = |words: &[&str]| home.run(words).ok().stdout;
    show(&["export"]) + &show(&["mapping", "get", "-o", "json"])
}

fn status(home: &Home) -> Value {
    let ran = home.run(["scale", "status", "-o", "json"]).ok();
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn what_is_in_flight_is_in_the_way() {
    let home = home();
    let hold: [&[&str]; 2] =
        [&["scale", "status"], &["scale", "out", "--count", "1", "--hold", "-q", "-o", "value"]];
    assert_text(
        session(&home, hold),
        str![[r#"
$ metactl scale status
--- stderr
no operation is in flight on cluster cl-plain

$ metactl scale out --count 1 --hold -q -o value
[INSTANCE]

"#]],
    );
    let standing = status(&home);
    assert_eq!(standing["kind"], "scale out");
    assert_eq!(standing["alive"], false);
    assert_eq!(standing["phases"][0]["done"], true);
    assert_eq!(standing["phases"][1]["done"], false);
    for words in
        [&["scale", "out", "--count", "1"][..], &["cluster", "delete", "cl-plain", "--yes"]]
    {
        let ran = home.run(words);
        assert_eq!(ran.code, 4, "{ran}");
        assert!(
            ran.stderr.contains("`scale out` is in flight on cluster `cl-plain`: by "),
            "{ran}"
        );
        assert!(ran.stderr.contains("metactl scale finish --cluster cl-plain"), "{ran}");
    }
    let end: [&[&str]; 4] = [
        &["scale", "finish", "-o", "value"],
        &["scale", "finish"],
        &["scale", "abort"],
        &["scale", "status", "--cluster", "cl-none"],
    ];
    assert_text(
        session(&home, end),
        str![[r#"
$ metactl scale finish -o value
[INSTANCE]
--- stderr
complete (2 of 2): 19 keys changed at revision 5
scale out of cluster cl-plain is done

$ metactl scale finish
--- stderr
error: no operation is in flight on cluster `cl-plain`
--- exit 3

$ metactl scale abort
--- stderr
error: no operation is in flight on cluster `cl-plain`
--- exit 3

$ metactl scale status --cluster cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

"#]],
    );
}

#[test]
fn an_abort_leaves_no_trace_but_what_others_have_done() {
    let (etcd_home, _etcd) = scene::home_on_etcd();
    etcd_home.run(["cluster", "create", "--role", "a=2", "--id", "cl-plain"]).ok();
    for home in [home(), etcd_home] {
        let before = everything(&home);
        home.run(["scale", "out", "--count", "2", "--hold-at", "register"]).ok();
        assert_ne!(everything(&home), before);
        home.run(["scale", "abort"]).ok();
        assert_eq!(everything(&home), before);
        home.run(["scale", "out", "--count", "2", "--hold"]).ok();
        home.run(["put", "/cl-plain/env/later", "v"]).ok();
        home.run(["scale", "abort"]).ok();
        assert_eq!(home.run(["get", "/cl-plain/env/later"]).ok().stdout, "v\n");
        home.run(["rm", "/cl-plain/env/later"]).ok();
        assert_eq!(everything(&home), before);
    }
}

#[test]
fn a_failed_assertion_undoes_everything() {
    let home = home();
    let before = everything(&home);
    let check = "[ $METACTL_PHASE = register ] && [ $METACTL_CLUSTER = cl-plain ]";
    let ran = home.run(["scale", "out", "--count", "1", "--assert", check]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("was undone at revision"), "{ran}");
    assert!(ran.stderr.contains("exit code 1 after phase `complete`"), "{ran}");
    assert_eq!(everything(&home), before);
    assert_eq!(status(&home), Value::Null);
    let check = "[ -n \"$METACTL_REVISION\" ] && echo seen";
    let ran = home.run(["scale", "out", "--count", "1", "--assert", check]).ok();
    assert_eq!(ran.stderr.matches("seen\n").count(), 2, "{ran}");
    assert_eq!(status(&home), Value::Null);
}

#[test]
fn an_interrupted_one_stays_in_flight_and_says_so() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::KILL, -9)] {
        let home = home();
        let words = ["scale", "out", "--count", "1", "--delay", "1h"];
        let running = Running::start(home.command(words));
        running.says("register (1 of 2)");
        assert_eq!(status(&home)["alive"], true);
        running.signal(signal);
        let (ended, _, said) = running.end();
        assert_eq!(ended, code, "{said:?}");
        if code > 0 {
            let hint = "metactl scale finish --cluster cl-plain";
            assert!(said.iter().any(|line| line.contains(hint)), "{said:?}");
        }
        assert_eq!(status(&home)["phases"][0]["done"], true);
        home.run(["scale", "finish"]).ok();
        assert_eq!(home.run(["instance", "list", "-o", "value"]).ok().stdout.lines().count(), 3);
    }
}

#[test]
fn who_was_only_slow_finds_it_taken_over() {
    let home = home();
    let words = ["scale", "out", "--count", "1", "--assert", "echo asserted; read line <go; true"];
    let go = home.path().join("go");
    let made = std::process::Command::new("mkfifo").arg(&go).status().unwrap();
    assert!(made.success());
    let running = Running::start(home.command(words));
    running.says("asserted");
    home.run(["scale", "finish"]).ok();
    std::fs::write(&go, "on\n").unwrap();
    let (code, _, said) = running.end();
    assert_eq!(code, 4, "{said:?}");
    assert!(said.iter().any(|line| line.contains("was ended by somebody else")), "{said:?}");
}
