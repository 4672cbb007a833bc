//! How commands and agents end: time limits, cancelling, signals, sudden deaths.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{agent, home, lines, node, runs, send, until, until_state};

#[test]
fn a_time_limit_ends_grandchildren_that_ignore_sigterm() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    // The grandchild writes its own id; its parent heeds SIGTERM.
    let stubborn = "trap \"\" TERM; echo $$ > stubborn; while :; do sleep 0.2; done";
    let command = format!("sh -c '{stubborn}' & echo started; wait");
    home.run(["cmd", "send", "i-m1", "--id", "cmd-a", "--timeout", "1", "--", &command]).ok();
    let node = until_state(&home, "cmd-a", "timed_out");
    assert_eq!(node["output"], "started\n");
    assert!(!runs(&lines(&home, "stubborn")[0]));
    // The agent takes the next one.
    send(&home, "cmd-b", "true");
    until_state(&home, "cmd-b", "done");
}

#[test]
fn a_running_command_is_cancelled_with_its_whole_group() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    send(&home, "cmd-a", "sh -c 'echo $$ > child; sleep 600; true' & echo on; wait");
    until("it runs", || lines(&home, "child").len() == 1);
    let said = home.run(["cmd", "cancel", "cmd-a"]).ok().stderr;
    assert_eq!(said, "cmd-a is being ended on i-m1\n");
    let node = until_state(&home, "cmd-a", "cancelled");
    assert_eq!((&node["exit"], &node["output"]), (&143.into(), &"on\n".into()));
    assert!(!runs(&lines(&home, "child")[0]));
    let said = home.run(["cmd", "cancel", "cmd-a"]).ok().stderr;
    assert_eq!(said, "cmd-a has ended on all nodes, or is being cancelled\n");
}

#[test]
fn what_was_cancelled_before_it_began_never_begins() {
    let home = home();
    send(&home, "cmd-a", "echo it >> ran");
    home.run(["cmd", "cancel", "cmd-a"]).ok();
    home.run_input(
        ["import", "-"],
        "{cl-one: {cmd: {i-m1: {id: cmd-a, cmd: echo it >> ran, timeout: 5}}}}",
    )
    .ok();
    let _agent = agent(&home, "i-m1", &[]);
    home.run(["cmd", "send", "i-m1", "--id", "cmd-b", "--wait", "--", "true"]).ok();
    assert_eq!(lines(&home, "ran"), Vec::<String>::new());
    assert_eq!(node(&home, "cmd-a")["state"], "cancelled");
}

#[test]
fn a_killed_agent_does_not_run_it_twice_and_its_fate_is_told() {
    let home = home();
    let first = agent(&home, "i-m1", &[]);
    send(&home, "cmd-a", "echo it >> ran; while [ ! -e go ]; do sleep 0.05; done");
    until("it runs", || lines(&home, "ran").len() == 1);
    first.signal(Signal::KILL);
    first.end();
    assert_eq!(node(&home, "cmd-a")["state"], "running");
    let second = super::Running::start(home.command(["agent", "--as", "i-m1"]));
    second.says("cmd-a is lost");
    let node = until_state(&home, "cmd-a", "lost");
    assert!(node["note"].as_str().unwrap().contains("has ended before it"), "{node}");
    home.file("go", "");
    // The slot is free again, and the agent at work.
    home.run(["cmd", "send", "i-m1", "--id", "cmd-b", "--wait", "--", "true"]).ok();
    assert_eq!(lines(&home, "ran"), ["it"]);
}

#[test]
fn two_agents_of_a_node_run_it_once() {
    let home = home();
    let agents = [agent(&home, "i-m1", &[]), agent(&home, "i-m1", &[])];
    for number in 0..8 {
        let (id, command) = (format!("cmd-{number}"), format!("echo {number} >> ran"));
        home.run(["cmd", "send", "i-m1", "--id", &id, "--wait", "--", &command]).ok();
    }
    assert_eq!(lines(&home, "ran").len(), 8);
    // One is killed while it runs something: the other one notices.
    send(&home, "cmd-last", "echo $PPID > owner; sleep 600");
    until("it runs", || lines(&home, "owner").len() == 1);
    let owner = &lines(&home, "owner")[0];
    let [one, other] = &agents;
    let (owner, other) = if *owner == one.id().to_string() { (one, other) } else { (other, one) };
    owner.signal(Signal::KILL);
    other.says("cmd-last is lost");
    assert_eq!(node(&home, "cmd-last")["state"], "lost");
}

#[test]
fn sigterm_lets_the_running_command_end() {
    let home = home();
    let agent = agent(&home, "i-m1", &[]);
    send(&home, "cmd-a", "echo it >> ran; while [ ! -e go ]; do sleep 0.05; done; echo end >> ran");
    until("it runs", || lines(&home, "ran").len() == 1);
    agent.signal(Signal::TERM);
    agent.says("the command that runs has 30 s to end");
    home.file("go", "");
    let (code, ..) = agent.end();
    assert_eq!(code, 143);
    assert_eq!(lines(&home, "ran"), ["it", "end"]);
    assert_eq!(node(&home, "cmd-a")["state"], "done");
}

#[test]
fn a_stopped_agent_ends_what_takes_too_long_and_says_so() {
    let home = home();
    let agent = agent(&home, "i-m1", &["--grace", "100ms"]);
    send(&home, "cmd-a", "echo it >> ran; sleep 600");
    until("it runs", || lines(&home, "ran").len() == 1);
    agent.signal(Signal::INT);
    let (code, ..) = agent.end();
    assert_eq!(code, 130);
    let node = node(&home, "cmd-a");
    assert_eq!((&node["state"], &node["exit"]), (&"lost".into(), &143.into()));
    assert_eq!(node["note"], "its agent was stopped, and has ended it");
}

#[test]
fn an_idle_agent_ends_at_once() {
    let home = home();
    for (signal, expected) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let agent = agent(&home, "i-m1", &[]);
        let told = Instant::now();
        agent.signal(signal);
        assert_eq!(agent.end().0, expected);
        assert!(told.elapsed() < Duration::from_secs(5));
    }
}
