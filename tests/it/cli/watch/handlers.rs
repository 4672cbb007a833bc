//! `--exec`: what a handler gets, when it runs.

use std::time::Duration;

use crate::support::{Home, Running};

fn home() -> Home {
    let home = Home::new();
    home.run(["put", "/a/x", "1"]).ok();
    home
}

#[test]
fn a_handler_gets_lines_and_variables() {
    let home = home();
    home.file("two.yaml", "{a: {x: 2, y: \"new\\nline\"}}");
    home.run(["import", "two.yaml"]).ok();
    let handler = "cat; env | grep ^METACTL_EVENT | sort";
    let ran = home.run(["watch", "--rev", "3", "--count", "1", "--exec", handler, "/a"]).ok();
    let (lines, variables) = ran.stdout.split_once("METACTL").unwrap();
    let changes: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(changes.len(), 2);
    assert_eq!((&changes[1]["path"], &changes[1]["revision"]), (&"/a/y".into(), &3.into()));
    assert_eq!(
        variables,
        "_EVENT_COUNT=2\nMETACTL_EVENT_PATH=/a/y\nMETACTL_EVENT_REAL_PATH=/a/y\n\
         METACTL_EVENT_REVISION=3\nMETACTL_EVENT_TYPE=put\nMETACTL_EVENT_VALUE=new\n"
    );
}

#[test]
fn a_failure_is_said_and_the_watch_goes_on() {
    let home = home();
    home.run(["put", "/a/x", "2"]).ok();
    let handler = "[ $METACTL_EVENT_VALUE = 2 ] && exit 7; echo $METACTL_EVENT_VALUE";
    let watch = Running::start(home.command(["watch", "--rev", "3", "--exec", handler, "/a"]));
    watch.says("the handler has ended with exit code 7");
    home.run(["put", "/a/x", "3"]).ok();
    assert_eq!(watch.line(), "3");
}

#[test]
fn what_comes_while_a_handler_runs_is_one_next_run() {
    let home = home();
    // It waits for the test, which writes meanwhile.
    let handler = "[ -e running ] && echo twice; : > running; echo run $METACTL_EVENT_COUNT; \
                   while [ ! -e go ]; do sleep 0.01; done; rm running";
    let command = home.command(["watch", "--rev", "2", "--count", "6", "--exec", handler, "/a"]);
    let watch = Running::start(command);
    assert_eq!(watch.line(), "run 1");
    for value in 2..=6 {
        home.run(["put", "/a/x", &value.to_string()]).ok();
    }
    assert!(watch.is_silent_for(Duration::from_millis(100)));
    home.file("go", "");
    assert_eq!(watch.line(), "run 5");
    assert_eq!(watch.end(), (0, vec![], vec![]));
}

#[test]
fn a_debounce_gathers_commits() {
    let home = home();
    for value in 2..=4 {
        home.run(["put", "/a/x", &value.to_string()]).ok();
    }
    let handler = "echo $METACTL_EVENT_COUNT $METACTL_EVENT_VALUE";
    let args = ["watch", "--rev", "2", "--debounce", "200ms:5s", "--exec", handler, "/a"];
    let watch = Running::start(home.command(args));
    assert_eq!(watch.line(), "4 4");
}

#[test]
fn an_empty_view_is_not_delivered() {
    let home = home();
    let handler = "cat; echo end";
    let args = ["watch", "--initial", "--refuse-empty", "--exec", handler, "-o", "json", "/a"];
    let watch = Running::start(home.command(args));
    watch.take(2);
    home.run(["rm", "/a/x"]).ok();
    watch.says("all that is watched is gone");
    home.run(["put", "/a/y", "1"]).ok();
    let lines = watch.take(3);
    assert!(lines[0].starts_with(r#"{"type":"delete","path":"/a/x""#), "{lines:?}");
    assert!(lines[1].starts_with(r#"{"type":"put","path":"/a/y""#), "{lines:?}");
    assert_eq!(lines[2], "end");
}

#[test]
fn an_empty_state_at_the_start_runs_the_handler_too() {
    let home = home();
    let handler = "echo $METACTL_EVENT_COUNT at $METACTL_EVENT_REVISION";
    let watch = Running::start(home.command(["watch", "--initial", "--exec", handler, "/none"]));
    assert_eq!(watch.line(), "0 at 2");
}
