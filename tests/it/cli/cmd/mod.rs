//! `cmd` and `agent`: commands that are sent to nodes, run there, and reported.

mod agents;
mod deaths;
mod ends;
mod send;
mod services;
mod stores;
mod waits;

use std::path::Path;

use crate::cli::scene;
use crate::support::{Home, Running, until};

/// A transcript whose times and durations are the same at each run.
fn timeless(text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+Z)?").unwrap();
    let text = time.replace_all(text, "[TIME]");
    let took = regex::Regex::new(r#"("seconds": |\t)\d+\.\d+"#).unwrap();
    let text = took.replace_all(&text, "${1}[TOOK]");
    let revision = regex::Regex::new(r"at revision \d+").unwrap();
    revision.replace_all(&text, "at revision [N]").into_owned()
}

/// The small cluster, its nodes with their slots.
fn home() -> Home {
    let home = Home::new();
    fill(&home);
    home
}

fn fill(home: &Home) {
    scene::fill(home);
    for (ip, instance) in [("10.0.0.2", "i-m1"), ("10.0.0.3", "i-w1"), ("10.0.0.4", "i-w2")] {
        home.run(["mapping", "set", ip, &format!("cmd=/cl-one/cmd/{instance}")]).ok();
    }
}

/// An agent that waits for commands.
fn agent(home: &Home, node: &str, more: &[&str]) -> Running {
    let words = [&["agent", "--as", node][..], more].concat();
    let agent = Running::start(home.command(words));
    agent.says("agent of");
    agent
}

/// Sends a command to `i-m1` and returns what it printed.
#[track_caller]
fn send(home: &Home, id: &str, command: &str) {
    home.run(["cmd", "send", "i-m1", "--id", id, "--", command]).ok();
}

/// The only node of a command, as JSON.
fn node(home: &Home, id: &str) -> serde_json::Value {
    let ran = home.run(["cmd", "show", id, "-o", "json"]).ok();
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    shown["nodes"][0].clone()
}

/// Waits until the only node of a command is in that state.
#[track_caller]
fn until_state(home: &Home, id: &str, state: &str) -> serde_json::Value {
    let mut last = serde_json::Value::Null;
    until(&format!("`{id}` is {state}"), || {
        last = node(home, id);
        last["state"] == state
    });
    last
}

/// The lines of a file of the home; none when it is not there.
fn lines(home: &Home, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(home.path().join(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Whether a process runs: there, and not only waiting for its parent.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}
