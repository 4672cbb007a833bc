//! A command to many nodes: from `cmd send --wait` to its last result.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{ChildStderr, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::etcd::Etcd;
use crate::process::{Room, Running, succeed, time};
use crate::report::{Bound, Report};
use crate::sample::Sample;

/// A debug build is only to show that the measuring works.
const NODES: usize = if cfg!(debug_assertions) { 4 } else { 100 };
const RUNS: usize = 10;

/// As many agents on this machine, on each kind of store.
pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("agents")?;
    let etcd = Etcd::start(&room)?;
    let file = format!("file:{}", room.path("agents.db").display());
    for (kind, endpoint) in [("embedded", file), ("etcd", etcd.endpoint())] {
        fill(&room, &endpoint, NODES)?;
        let agents = start(&room, &endpoint, NODES)?;
        let mut sample = Sample::default();
        for run in 0..RUNS {
            let id = format!("cmd-{run}");
            let words = ["cmd", "send", "--all", "--wait", "-q", "--id", &id, "--", "true"];
            sample.push(time(room.metactl(&endpoint, &words).stderr(Stdio::inherit()))?);
        }
        drop(agents);
        let measured = format!("of {RUNS} runs; p99 {:.0} ms", sample.quantile(0.99));
        let what = format!("send --wait to {NODES} agents, {kind}, median");
        report.add(&what, &measured, sample.median(), "ms", Bound::None);
    }
    Ok(())
}

/// One cluster of so many nodes, each with its mapping.
fn fill(room: &Room, endpoint: &str, nodes: usize) -> Result {
    let mut hosts = String::new();
    for number in 0..nodes {
        let (ip, id) = (ip(number), format!("i-{number:08}"));
        // Writing to a String cannot fail.
        let _ = write!(
            hosts,
            "{id}: {{ip: {ip}, sid: {}, node_id: cln-{number:08}, instance_id: {id}}}, ",
            number + 1
        );
    }
    let tree = room.path("tree.yaml");
    std::fs::write(&tree, format!("cl-agents: {{hosts: {{{hosts}}}}}\n"))?;
    let tree = tree.display().to_string();
    succeed(&mut room.metactl(endpoint, &["import", &tree, "-q"]))?;
    for number in 0..nodes {
        let host = format!("host=/cl-agents/hosts/i-{number:08}");
        let cmd = format!("cmd=/cl-agents/cmd/i-{number:08}");
        succeed(&mut room.metactl(endpoint, &["mapping", "set", &ip(number), &host, &cmd, "-q"]))?;
    }
    Ok(())
}

fn ip(number: usize) -> String {
    format!("10.9.{}.{}", number / 250, number % 250 + 1)
}

/// Starts the agents; they wait for commands when this returns.
fn start(room: &Room, endpoint: &str, nodes: usize) -> Result<Vec<Running>> {
    let mut agents = Vec::new();
    let mut said = Vec::new();
    for number in 0..nodes {
        let (node, log) = (ip(number), room.path(&format!("agent-{number}.log")));
        let log = log.display().to_string();
        let mut command = room.metactl(endpoint, &["agent", "--as", &node, "--log", &log]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        said.push(child.stderr.take().ok_or("the agent has no output")?);
        agents.push(Running::new(child));
    }
    let deadline = Instant::now() + Duration::from_secs(120);
    for stderr in said {
        wait_for_agent(stderr, deadline)?;
    }
    Ok(agents)
}

/// Waits until it says that it is there, and lets it say more.
fn wait_for_agent(stderr: ChildStderr, deadline: Instant) -> Result {
    let mut lines = BufReader::new(stderr);
    let mut line = String::new();
    while !line.contains("agent of") {
        line.clear();
        if lines.read_line(&mut line)? == 0 || Instant::now() > deadline {
            return Err("an agent has not started".into());
        }
    }
    std::thread::spawn(move || lines.lines().for_each(drop));
    Ok(())
}
