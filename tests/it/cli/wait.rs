//! `metactl wait`

use std::process::Command;

use rustix::process::Signal;
use snapbox::str;

use super::scene::{self, closed_pipe, session};
use crate::support::etcd::Etcd;
use crate::support::{Home, Running, assert_text};

#[test]
fn what_holds_already_is_not_waited_for() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["wait", "/cl-one/env/port"],
            &["wait", "/self/host", "--as", "i-m1", "--children", "6", "-o", "json"],
            &["wait", "/cl-one/env/port", "/cl-none", "--any", "--equals", "2181", "-o", "yaml"],
            &["wait", "/cl-one/env/motd", "--matches", "^two$", "--timeout", "0"],
            &["wait", "/cl-one/env/motd", "--matches", "(?m)^two$", "-o", "json"],
            &["wait", "/cl-none", "/cl-one/cmd", "--absent", "-o", "json"],
            &["wait", "/cl-one/hosts", "--children", "2+"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl wait /cl-one/env/port

$ metactl wait /self/host --as i-m1 --children 6 -o json
{
  "revision": 7,
  "held": [
    {
      "path": "/self/host",
      "children": 6
    }
  ]
}

$ metactl wait /cl-one/env/port /cl-none --any --equals 2181 -o yaml
held:
- path: /cl-one/env/port
  value: "2181"
revision: 7

$ metactl wait /cl-one/env/motd --matches '^two$' --timeout 0
--- stderr
error: not so now: the value of `/cl-one/env/motd` does not match
--- exit 124

$ metactl wait /cl-one/env/motd --matches '(?m)^two$' -o json
{
  "revision": 7,
  "held": [
    {
      "path": "/cl-one/env/motd",
      "value": "one\ntwo\n"
    }
  ]
}

$ metactl wait /cl-none /cl-one/cmd --absent -o json
{
  "revision": 7,
  "held": [
    {
      "path": "/cl-none"
    },
    {
      "path": "/cl-one/cmd"
    }
  ]
}

$ metactl wait /cl-one/hosts --children 2+

"#]],
    );
}

#[test]
fn what_does_not_hold_in_time_is_named() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["wait", "/cl-one/none", "/cl-one/env", "--timeout", "1s"],
            &["wait", "/cl-one/adding-hosts", "--absent", "--timeout", "0"],
            &["wait", "/cl-one/env/port", "/cl-one/env", "--equals", "1", "--timeout", "0"],
            &["wait", "/cl-one/env/port", "--matches", "x", "--any", "--timeout", "0s"],
            &["wait", "/cl-one/env", "/cl-one/hosts", "--children", "3", "--timeout", "0"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl wait /cl-one/none /cl-one/env --timeout 1s
--- stderr
error: waited 1s in vain: there is nothing at `/cl-one/none`
--- exit 124

$ metactl wait /cl-one/adding-hosts --absent --timeout 0
--- stderr
error: not so now: `/cl-one/adding-hosts` is still there
--- exit 124

$ metactl wait /cl-one/env/port /cl-one/env --equals 1 --timeout 0
--- stderr
error: not so now: `/cl-one/env/port` has another value; `/cl-one/env` is a directory
--- exit 124

$ metactl wait /cl-one/env/port --matches x --any --timeout 0s
--- stderr
error: not so now: the value of `/cl-one/env/port` does not match
--- exit 124

$ metactl wait /cl-one/env /cl-one/hosts --children 3 --timeout 0
--- stderr
error: not so now: `/cl-one/env` has 2 children; `/cl-one/hosts` has 2 children
--- exit 124

"#]],
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let home = Home::new();
    let text = session(
        &home,
        [
            &["wait", "/a", "--exists", "--absent"],
            &["wait", "/a", "--children", "some"],
            &["wait", "/a", "--matches", "("],
            &["wait", "a"],
            &["wait", "/self/host"],
            &["wait", "/_metactl/self"],
            &["wait", "/a", "-o", "table"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl wait /a --exists --absent
--- stderr
error: the argument '--exists' cannot be used with '--absent'

Usage: metactl wait --exists <PATH>...

For more information, try '--help'.
--- exit 2

$ metactl wait /a --children some
--- stderr
error: invalid value 'some' for '--children <N[+]>': `some` is no number of children; one such as `3`, or `3+` is accepted

For more information, try '--help'.
--- exit 2

$ metactl wait /a --matches '('
--- stderr
error: pattern `(` is no regular expression: unclosed group
--- exit 2

$ metactl wait a
--- stderr
error: invalid value 'a' for '<PATH>...': path `a` does not start with `/`

For more information, try '--help'.
--- exit 2

$ metactl wait /self/host
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

$ metactl wait /_metactl/self
--- stderr
error: `/_metactl/self` is among metactl's own records, which are not part of the tree
--- exit 2

$ metactl wait /a -o table
--- stderr
error: output format `table` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

"#]],
    );
}

#[test]
fn nobody_need_read_it() {
    let home = scene::home();
    closed_pipe(&home, &["wait", "/cl-one/env", "-o", "json"]);
}

/// A wait under way, for what does not hold yet.
fn waiting(command: Command) -> Running {
    let waiting = Running::start(command);
    assert!(waiting.is_silent_for(std::time::Duration::from_millis(50)));
    waiting
}

fn comes_with_the_commit(home: &Home) {
    let all = ["wait", "/w/a", "/w/b", "-o", "json"];
    let absent = ["wait", "/self/adding-hosts", "--absent", "--as", "10.0.0.2"];
    home.run(["mapping", "set", "10.0.0.2", "adding-hosts=/cl-one/adding-hosts"]).ok();
    let all = waiting(home.command(all));
    let absent = waiting(home.command(absent));
    home.run(["put", "/w/a", "1"]).ok();
    home.run(["rm", "-r", "--yes", "/cl-one/adding-hosts"]).ok();
    assert_eq!(absent.end(), (0, vec![], vec![]));
    home.run(["put", "/w/b/c", "2"]).ok();
    let (code, lines, said) = all.end();
    assert_eq!((code, said), (0, vec![]));
    let held: serde_json::Value = serde_json::from_str(&lines.concat()).unwrap();
    let expected = serde_json::json!([
        { "path": "/w/a", "value": "1" },
        { "path": "/w/b", "children": 1 }
    ]);
    assert_eq!(held["held"], expected);
}

#[test]
fn it_ends_with_the_commit_that_makes_it_hold() {
    comes_with_the_commit(&scene::home());
}

#[test]
fn it_ends_with_the_commit_on_etcd_too() {
    let (home, _etcd) = scene::home_on_etcd();
    scene::fill(&home);
    comes_with_the_commit(&home);
}

#[test]
fn signals_end_it_at_once() {
    let home = Home::new();
    for (signal, expected) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let waiting = waiting(home.command(["wait", "/a"]));
        waiting.signal(signal);
        let (code, ..) = waiting.end();
        assert_eq!(code, expected);
    }
}

#[test]
fn a_killed_etcd_is_waited_for_and_loses_nothing() {
    let (home, etcd) = scene::home_on_etcd();
    home.run(["put", "/w/a", "1"]).ok();
    let words = ["wait", "/w/a", "--equals", "3", "--request-timeout", "1s"];
    let waiting = waiting(home.command(words));
    etcd.member(0).kill();
    waiting.says("warning: the store does not answer, it is waited for");
    etcd.member(0).restart();
    home.run(["put", "/w/a", "2"]).ok();
    home.run(["put", "/w/a", "3"]).ok();
    home.run(["put", "/w/a", "4"]).ok();
    let (code, lines, said) = waiting.end();
    assert_eq!((code, lines), (0, vec![]), "{said:?}");
}

#[test]
fn an_etcd_that_is_not_there_yet_is_waited_for() {
    let etcd = Etcd::start();
    let home = Home::new();
    let endpoint = etcd.endpoint();
    home.run(["put", "/w/a", "1", "--endpoint", &endpoint]).ok();
    etcd.member(0).kill();
    let words = ["wait", "/w/a", "--request-timeout", "300ms", "--endpoint", &endpoint];
    let ran = home.run(words.iter().chain(&["--timeout", "1s"]));
    assert_eq!(ran.code, 124, "{ran}");
    assert!(ran.stderr.contains("error: waited 1s in vain: the store does not answer"), "{ran}");
    let ran = home.run(words.iter().chain(&["--timeout", "0"]));
    assert_eq!(ran.code, 124, "{ran}");
    let waiting = Running::start(home.command(words));
    waiting.says("warning: the store does not answer, it is waited for");
    etcd.member(0).restart();
    let (code, _, said) = waiting.end();
    assert_eq!((code, said), (0, vec!["the store answers again".to_owned()]));
}
