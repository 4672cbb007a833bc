//! Many nodes that wait: what they cost, how soon all of them know, and what
//! other clusters' changes do to them.

use std::io::Read;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use metactl::model::path::Path;
use metactl::serve::scheduling::prefer_short_turns;
use metactl::store::Changes;

use crate::Result;
use crate::crowd::Crowd;
use crate::http::Client;
use crate::nodes::{self, CLUSTER};
use crate::process::{Room, Running};
use crate::report::{Bound, Report};
use crate::sample::Sample;
use crate::service::Service;
use crate::stores::{Writer, told};

const WAITING: usize = 10_000;
const ROUNDS: usize = 5;
const READS: usize = 5_000;
/// After that, all polls have been taken in, and what was freed is free.
const SETTLE: Duration = Duration::from_secs(2);
/// What is written to another cluster: commits a second, keys of each.
const COMMITS: u32 = 100;
const KEYS: usize = 100;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("fanout")?;
    let count = report.share(WAITING);
    let endpoint = format!("file:{}", room.path("fanout.db").display());
    let writer = Writer::open(&endpoint)?;
    nodes::fill_cluster(&writer, CLUSTER, 0)?;
    nodes::map(&writer, count)?;
    let service = Service::start(&room, &endpoint, &[])?;
    let body = Client::connect(service.address)?.get("/self/env", "text/plain")?.body;
    let bare = Service::start_bare(&String::from_utf8(body)?)?;
    rounds(report, count, &writer, [&service, &bare])?;
    neighbours(report, count, &endpoint, service.address)
}

/// What holding polls takes, and how soon all are answered, in turns.
fn rounds(
    report: &mut Report,
    count: usize,
    writer: &Writer,
    [service, bare]: [&Service; 2],
) -> Result {
    // What is made once is there after these.
    for server in [service, bare] {
        drop(waiting(server.address, count.div_ceil(20))?);
    }
    std::thread::sleep(SETTLE);
    let base = [service.rss()?, bare.rss()?];
    let (mut held, mut samples) =
        ([const { Vec::new() }; 2], [Sample::default(), Sample::default()]);
    for round in 0..ROUNDS {
        let crowd = waiting(service.address, count)?;
        held[0].push(service.rss()?);
        let port = format!("{}", 3000 + round);
        samples[0].append(crowd.answered(|| writer.put(&format!("/{CLUSTER}/env/port"), &port))?);
        let crowd = waiting(bare.address, count)?;
        held[1].push(bare.rss()?);
        let mut client = Client::connect(bare.address)?;
        let change = || client.send("POST", "/change", "*/*").map(drop);
        samples[1].append(crowd.answered(change)?);
    }
    let [ours, theirs] = [0, 1].map(|index| {
        let first = held.get(index).and_then(|held: &Vec<u64>| held.first()).copied();
        first.unwrap_or_default().saturating_sub(base[index]) as f64 / count as f64 / 1024.0
    });
    let measured = format!("{ours:.2} KiB / {theirs:.2} KiB for each poll");
    let what = format!("memory of {count} idle polls to that of a bare axum handler");
    report.add(&what, &measured, ours / theirs, "", Bound::AtMost(1.5));
    let mebi = f64::from(1 << 20);
    let held: Vec<f64> = held[0].iter().map(|bytes| *bytes as f64 / mebi).collect();
    let listed: Vec<String> = held.iter().map(|held| format!("{held:.1}")).collect();
    let measured = format!("{} MiB", listed.join(", "));
    let growth = held.get(1).zip(held.first()).map_or(0.0, |(second, first)| second / first);
    let what = format!("memory with {count} polls in a second round, to the first");
    report.add(&what, &measured, growth, "", Bound::AtMost(1.05));
    let [ours, theirs] = samples.each_ref().map(|sample| sample.quantile(0.99));
    let medians = samples.each_ref().map(Sample::median);
    let measured = format!(
        "{ours:.1} ms / {theirs:.1} ms, medians {:.1} ms / {:.1} ms",
        medians[0], medians[1]
    );
    let what = format!("p99 from a change to the answers of {count} polls, to the bare handler's");
    report.add(&what, &measured, ours / theirs, "", Bound::AtMost(2.0));
    Ok(())
}

/// That many polls, all of them held.
fn waiting(server: SocketAddr, count: usize) -> Result<Crowd> {
    let mut crowd = Crowd::connect(server, count)?;
    crowd.poll("/self/env?wait=true")?;
    std::thread::sleep(SETTLE);
    Ok(crowd)
}

/// What a busy neighbour does to those who wait and to those who read.
fn neighbours(report: &mut Report, count: usize, endpoint: &str, server: SocketAddr) -> Result {
    let crowd = waiting(server, count)?;
    let reads = report.share(READS);
    let idle = read(server, reads)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["write", endpoint]).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut writer = Running::new(command.spawn()?);
    let mut output = writer.0.stdout.take().ok_or("the writer says nothing")?;
    // It says so when it begins.
    output.read_exact(&mut [0; 1])?;
    let start = Instant::now();
    let busy = read(server, reads)?;
    drop(writer.0.stdin.take());
    let mut commits = String::new();
    output.read_to_string(&mut commits)?;
    let rate = commits.trim().parse::<f64>()? / start.elapsed().as_secs_f64();
    let measured = format!("{rate:.0} commits of {KEYS} keys a second, {count} polls");
    let woken = crowd.woken() as f64;
    report.add(
        "polls woken by another cluster's changes",
        &measured,
        woken,
        "",
        Bound::AtMost(0.0),
    );
    let (busy_p99, idle_p99) = (busy.quantile(0.99), idle.quantile(0.99));
    let measured = format!(
        "{busy_p99:.2} ms / {idle_p99:.2} ms, medians {:.2} ms / {:.2} ms",
        busy.median(),
        idle.median()
    );
    let what = format!("p99 of reads beside {rate:.0} such commits a second, to when idle");
    report.add(&what, &measured, busy_p99 / idle_p99, "", Bound::AtMost(3.0));
    Ok(())
}

/// Reads one after another, a millisecond apart, on a thread of its own.
fn read(server: SocketAddr, count: usize) -> Result<Sample> {
    let mut client = Client::connect(server)?;
    let read = move || {
        // What the reader itself waits for a processor is not the service's.
        prefer_short_turns();
        let mut sample = Sample::default();
        for _ in 0..count {
            std::thread::sleep(Duration::from_millis(1));
            let start = Instant::now();
            client.get("/self/host/ip", "text/plain").map_err(|error| error.to_string())?;
            sample.push(start.elapsed());
        }
        Ok::<_, String>(sample)
    };
    Ok(std::thread::spawn(read).join().map_err(|_| "reading has failed")??)
}

/// The role of the neighbour: commits at its rate until its input ends, and
/// prints how many.
pub fn write_role(endpoint: &str) -> Result<bool> {
    let writer = Writer::open(endpoint)?;
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        ended.send(())
    });
    print!(" ");
    std::io::Write::flush(&mut std::io::stdout())?;
    let start = Instant::now();
    let mut commits = 0u32;
    while end.try_recv().is_err() {
        let mut changes = Changes::new();
        for key in 0..KEYS {
            let path = Path::parse(&format!("/cl-other/env/key-{key}")).map_err(told)?;
            changes.put(&path, &format!("value {commits} of the key"));
        }
        writer.commit(changes)?;
        commits += 1;
        let due = start + Duration::from_secs(1) * commits / COMMITS;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    println!("{commits}");
    Ok(true)
}
