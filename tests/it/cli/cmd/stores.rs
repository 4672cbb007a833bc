//! What commands and agents owe to an etcd that goes away.

use super::{agent, fill, lines, node, send, until, until_state};
use crate::cli::scene::home_on_etcd;

#[test]
fn an_agent_works_on_etcd_and_reports_when_it_is_back() {
    let (home, etcd) = home_on_etcd();
    fill(&home);
    let agent = agent(&home, "i-m1", &[]);
    let ran = home.run(["cmd", "send", "i-m1", "--id", "cmd-a", "--wait", "--", "echo hello"]);
    assert_eq!(ran.code, 0, "{ran}");
    send(&home, "cmd-b", "echo it >> ran; while [ ! -e go ]; do sleep 0.05; done; echo end >> ran");
    until("it runs", || lines(&home, "ran").len() == 1);
    etcd.member(0).kill();
    home.file("go", "");
    until("it has ended", || lines(&home, "ran").len() == 2);
    agent.says("the store does not answer");
    etcd.member(0).restart();
    until_state(&home, "cmd-b", "done");
    send(&home, "cmd-c", "echo more >> ran");
    until_state(&home, "cmd-c", "done");
    assert_eq!(lines(&home, "ran"), ["it", "end", "more"]);
    assert_eq!(node(&home, "cmd-b")["exit"], 0);
}

#[test]
fn whoever_waits_goes_on_when_the_store_is_back() {
    let (home, etcd) = home_on_etcd();
    fill(&home);
    let _agent = agent(&home, "i-m1", &[]);
    let command = "echo it >> ran; while [ ! -e go ]; do sleep 0.05; done";
    let wait = super::Running::start(
        home.command(["cmd", "send", "i-m1", "--id", "cmd-a", "--wait", "--", command]),
    );
    wait.says("i-m1: running");
    etcd.member(0).kill();
    wait.says("the store does not answer");
    home.file("go", "");
    etcd.member(0).restart();
    let (code, out, said) = wait.end();
    assert_eq!(code, 0, "{said:?}");
    assert!(out[0].starts_with("i-m1\tcln-m1\tmaster\tdone\t0\t"), "{out:?}");
    assert_eq!(lines(&home, "ran"), ["it"]);
}

#[test]
fn a_frozen_store_delays_reports_and_nothing_else() {
    let (home, etcd) = home_on_etcd();
    fill(&home);
    let agent = agent(&home, "i-m1", &["--request-timeout", "2s"]);
    let wait = ["while [ ! -e go ]; do sleep 0.05; done", "echo it >> ran; exit 7"].join("; ");
    send(&home, "cmd-a", &wait);
    until_state(&home, "cmd-a", "running");
    etcd.member(0).freeze();
    home.file("go", "");
    until("it has ended", || lines(&home, "ran").len() == 1);
    agent.says("the store does not answer");
    etcd.member(0).thaw();
    let node = until_state(&home, "cmd-a", "done");
    assert_eq!((&node["exit"], lines(&home, "ran").len()), (&7.into(), 1));
}
