//! What many commits leave behind: the size of the file, and how long a commit
//! takes while a large compaction runs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Room, Running};
use crate::report::{Bound, Report};
use crate::sample::Sample;
use crate::stores::Writer;
use crate::{Result, stores};

const COMMITS: usize = 100_000;
const KEYS: usize = 1_000;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("growth")?;
    let file = room.path("growth.db");
    let endpoint = format!("file:{}", file.display());
    let writer = Writer::open(&endpoint)?;
    let mut sizes = Vec::new();
    let mut alone = Sample::default();
    for round in 0..3 {
        for number in 0..COMMITS {
            alone.push(commit(&writer, round * COMMITS + number)?);
        }
        sizes.push(size(&file)?);
    }
    let mebi = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let measured = sizes.iter().map(|size| format!("{:.1}", mebi(*size))).collect::<Vec<_>>();
    report.add(
        "file after the third round of 100,000 commits, to after the second",
        &format!("{} MiB", measured.join(", ")),
        mebi(sizes[2]) / mebi(sizes[1]),
        "",
        Bound::AtMost(1.1),
    );
    compaction(report, &file, &writer, &alone)
}

/// Commits go on while another process compacts all of the history away.
fn compaction(report: &mut Report, file: &Path, writer: &Writer, alone: &Sample) -> Result {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("compact").arg(file).stdin(Stdio::null());
    let start = Instant::now();
    let mut compactor = Running::new(command.spawn()?);
    let mut beside = Sample::default();
    let status = loop {
        beside.push(commit(writer, beside.len())?);
        if let Some(status) = compactor.0.try_wait()? {
            break status;
        }
    };
    if !status.success() {
        return Err(format!("the compaction ended with {status}").into());
    }
    let measured = format!(
        "{} commits in {:.1} s of compaction, median {:.2} ms; alone: median {:.2} ms, p99 {:.2} ms",
        beside.len(),
        start.elapsed().as_secs_f64(),
        beside.median(),
        alone.median(),
        alone.quantile(0.99)
    );
    let what = "p99 of a commit while a large compaction runs";
    report.add(what, &measured, beside.quantile(0.99), "ms", Bound::None);
    Ok(())
}

fn commit(writer: &Writer, number: usize) -> Result<Duration> {
    let path = format!("/cl-bench/env/parameter-{:05}", number % KEYS);
    let start = Instant::now();
    writer.put(&path, &format!("value {number} of the parameter, as people write them"))?;
    Ok(start.elapsed())
}

/// The database with what belongs to it.
fn size(file: &Path) -> Result<u64> {
    let log = file.with_extension("db-wal");
    let log = if log.exists() { std::fs::metadata(log)?.len() } else { 0 };
    Ok(std::fs::metadata(file)?.len() + log)
}

/// The role of the process that compacts: everything up to now.
pub fn compact_role(file: &str) -> Result<bool> {
    stores::Writer::open(&format!("file:{file}"))?.compact()?;
    Ok(true)
}
