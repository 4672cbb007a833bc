//! Many processes write at once: nothing is lost, and a condition has one winner.

use std::process::{Child, Stdio};

use super::scene;
use crate::support::Home;

/// Starts all of them, then waits; the exit codes in their order.
fn at_once(home: &Home, commands: impl Iterator<Item = Vec<String>>) -> Vec<(i32, String)> {
    let start = |words: Vec<String>| -> Child {
        home.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = commands.map(start).collect();
    children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code().unwrap_or(-1), said)
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn fifty_processes_add_metadata_and_lose_nothing() {
    fifty_lose_nothing(&scene::home());
}

#[test]
fn fifty_processes_add_metadata_on_etcd_and_lose_nothing() {
    let (home, _etcd) = scene::home_on_etcd();
    scene::fill(&home);
    fifty_lose_nothing(&home);
}

fn fifty_lose_nothing(home: &Home) {
    let command = |n: usize| {
        let ids = ["i-m1", "cln-m1", "10.0.0.2"];
        words(&format!(
            "--request-timeout 60s add-metadata {} --metadata key{n}={n},last={n}",
            ids[n % 3]
        ))
    };
    for (code, said) in at_once(home, (0..50).map(command)) {
        assert_eq!(code, 0, "{said}");
    }
    let ran = home.run(["instance", "show", "i-m1", "-o", "json"]).ok();
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for n in 0..50 {
        assert_eq!(shown["attributes"][format!("key{n}")], n.to_string(), "{ran}");
    }
}

#[test]
fn twenty_racers_have_one_winner() {
    twenty_have_one_winner(&Home::new());
}

#[test]
fn twenty_racers_on_etcd_have_one_winner() {
    let (home, _etcd) = scene::home_on_etcd();
    twenty_have_one_winner(&home);
}

fn twenty_have_one_winner(home: &Home) {
    let ran = home.run(["put", "/x", "start", "-o", "json"]).ok();
    let start: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let rev = start["revision"].as_u64().unwrap();
    let command =
        |n: usize| words(&format!("--request-timeout 60s put /x racer{n} --if-rev {rev}"));
    let codes = at_once(home, (0..20).map(command));
    let count = |wanted: i32| codes.iter().filter(|(code, _)| *code == wanted).count();
    assert_eq!((count(0), count(4)), (1, 19), "{codes:?}");
    let winner = codes.iter().position(|(code, _)| *code == 0).unwrap();
    let ran = home.run(["export", "/x", "-o", "text"]).ok();
    assert_eq!(ran.stdout, format!("/x\tracer{winner}\n"));
}
