//! From a put in one process to the line that a watcher prints in another,
//! and what a watcher costs while nothing happens.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::etcd::Etcd;
use crate::process::{Room, Running, cpu_time};
use crate::report::{Bound, Report};
use crate::sample::Sample;
use crate::stores::Writer;
use crate::{Result, stores};

const PUTS: usize = 1_000;
const IDLE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(10);

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("latency")?;
    let etcd = Etcd::start(&room)?;
    let file = format!("file:{}", room.path("latency.db").display());
    for (kind, endpoint) in [("embedded", file), ("etcd", etcd.endpoint())] {
        let writer = stores::Writer::open(&endpoint)?;
        let watcher = Watcher::start(&room, &endpoint, &writer)?;
        let (mut whole, mut after) = (Sample::default(), Sample::default());
        for number in 0..PUTS {
            // Not in step with anything that happens at a fixed rate.
            std::thread::sleep(Duration::from_millis(2 + number as u64 * 7 % 11));
            let value = format!("put-{number}.");
            let start = Instant::now();
            writer.put("/cl-bench/env/latency", &value)?;
            let acknowledged = Instant::now();
            let seen = watcher.sees(&value)?;
            whole.push(seen.saturating_duration_since(start));
            after.push(seen.saturating_duration_since(acknowledged));
        }
        let measured = format!(
            "from before the put; p99 {:.2} ms; once acknowledged {:.2} ms, p99 {:.2} ms",
            whole.quantile(0.99),
            after.median(),
            after.quantile(0.99)
        );
        let bound = if kind == "embedded" { Bound::AtMost(5.0) } else { Bound::None };
        let what = format!("put to watch across processes, {kind}, median of {}", whole.len());
        report.add(&what, &measured, whole.median(), "ms", bound);
    }
    Ok(())
}

/// The share of a core that watchers take while nothing changes.
pub fn idle(report: &mut Report) -> Result {
    let room = Room::new("idle")?;
    let etcd = Etcd::start(&room)?;
    let file = format!("file:{}", room.path("idle.db").display());
    let mut watchers = Vec::new();
    for (kind, endpoint) in [("embedded", file), ("etcd", etcd.endpoint())] {
        let writer = stores::Writer::open(&endpoint)?;
        watchers.push((kind, Watcher::start(&room, &endpoint, &writer)?));
    }
    let before = watchers
        .iter()
        .map(|(_, watcher)| cpu_time(&watcher.process.0))
        .collect::<Result<Vec<_>>>()?;
    std::thread::sleep(IDLE);
    for ((kind, watcher), before) in watchers.iter().zip(before) {
        let spent = cpu_time(&watcher.process.0)?.saturating_sub(before);
        let share = spent.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
        let measured = format!("{:.1} ms of {} s", spent.as_secs_f64() * 1000.0, IDLE.as_secs());
        let what = format!("idle watcher's share of a core, {kind}");
        report.add(&what, &measured, share, "%", Bound::AtMost(0.5));
    }
    Ok(())
}

/// A `metactl watch` in a process of its own, and its lines with their times.
struct Watcher {
    process: Running,
    lines: Receiver<(Instant, String)>,
}

impl Watcher {
    /// Starts it, and returns when it has told of a put of ours.
    fn start(room: &Room, endpoint: &str, writer: &Writer) -> Result<Watcher> {
        writer.put("/cl-bench/env/latency", "nothing yet")?;
        let mut command = room.metactl(endpoint, &["watch", "/cl-bench/env"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the watcher has no output")?;
        let watcher = Watcher { process: Running::new(child), lines: read_lines(output) };
        let deadline = Instant::now() + PATIENCE;
        for trial in 0.. {
            writer.put("/cl-bench/env/latency", &format!("trial-{trial}"))?;
            if watcher.lines.recv_timeout(Duration::from_millis(100)).is_ok() {
                break;
            }
            if Instant::now() > deadline {
                return Err("the watcher tells nothing".into());
            }
        }
        Ok(watcher)
    }

    /// When it printed the line that holds `value`.
    fn sees(&self, value: &str) -> Result<Instant> {
        loop {
            let (time, line) = self.lines.recv_timeout(PATIENCE)?;
            if line.contains(value) {
                return Ok(time);
            }
        }
    }
}

fn read_lines(output: ChildStdout) -> Receiver<(Instant, String)> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
            if sender.send((Instant::now(), line)).is_err() {
                break;
            }
        }
    });
    receiver
}
