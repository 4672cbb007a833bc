//! The tree in the service's memory: how much it takes, whether it grows, how
//! long it takes to be there.

use std::time::{Duration, Instant};

use crate::Result;
use crate::crowd::Crowd;
use crate::etcd::Etcd;
use crate::nginx::wrk;
use crate::nodes::{self, CLUSTER, HOSTS};
use crate::process::Room;
use crate::report::{Bound, Report};
use crate::service::Service;
use crate::stores::{self, Writer};

const ALL_HOSTS: usize = 20_000;
const REQUESTS: usize = 2_000_000;
const ABANDONED: usize = 100_000;
/// Rounds in which they are, half of them before those that count.
const ROUNDS: usize = 10;
/// Polls that are abandoned at a time.
const AT_ONCE: usize = 1_000;
const KEYS: usize = 1_000_000;
const SETTLE: Duration = Duration::from_secs(2);
const MEBI: f64 = 1048576.0;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("snapshot")?;
    let empty = format!("file:{}", room.path("empty.db").display());
    Writer::open(&empty)?.put("/x", "1")?;
    let empty = settled(&Service::start(&room, &empty, &[])?)?;
    let endpoint = format!("file:{}", room.path("snapshot.db").display());
    let writer = Writer::open(&endpoint)?;
    let (mut keys, mut text) = nodes::fill_cluster(&writer, CLUSTER, 0)?;
    for cluster in 1..report.share(ALL_HOSTS / HOSTS) {
        let size = nodes::fill_cluster(&writer, &format!("cl-{cluster:08}"), cluster)?;
        (keys, text) = (keys + size.0, text + size.1);
    }
    nodes::map(&writer, report.share(AT_ONCE))?;
    let service = Service::start(&room, &endpoint, &[])?;
    let full = settled(&service)?;
    let measured = format!(
        "{:.1} MiB, without any key {:.1} MiB / {:.1} MiB of paths and values",
        full as f64 / MEBI,
        empty as f64 / MEBI,
        text as f64 / MEBI
    );
    let what = format!("memory of the service with {keys} keys, to their paths and values");
    report.add(&what, &measured, full as f64 / text as f64, "", Bound::AtMost(3.0));
    growth(report, &service)?;
    start(report)
}

/// What is left of requests and of those who went away.
fn growth(report: &mut Report, service: &Service) -> Result {
    let (requests, abandoned) = (report.share(REQUESTS), report.share(ABANDONED));
    let at_once = report.share(AT_ONCE);
    let ask = |most: usize| {
        let mut done = 0.0;
        while done < most as f64 {
            let time = Duration::from_secs(1);
            done += wrk(service.address, "/self/host", "application/json", time)?;
        }
        Ok::<_, Box<dyn std::error::Error>>(done)
    };
    let abandon = |most: usize| {
        for _ in 0..most.div_ceil(at_once) {
            let mut crowd = Crowd::connect(service.address, at_once)?;
            crowd.poll("/self/env?wait=true")?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    // What is made once is there after these.
    ask(requests / 10)?;
    abandon(abandoned / 10)?;
    let before = settled(service)?;
    let done = ask(requests)?;
    let after = settled(service)?;
    let measured = format!("{:.1} MiB / {:.1} MiB", after as f64 / MEBI, before as f64 / MEBI);
    let what = format!("memory after {done:.0} more requests, to before");
    report.add(&what, &measured, after as f64 / before as f64, "", Bound::AtMost(1.05));
    abandoned_rounds(report, service, abandoned, abandon)
}

/// Whether abandoned polls leave something: what is freed comes back to the system
/// in waves, so that it is the highest of the later rounds that counts, to the
/// highest of as many before.
fn abandoned_rounds(
    report: &mut Report,
    service: &Service,
    abandoned: usize,
    abandon: impl Fn(usize) -> Result,
) -> Result {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        abandon(abandoned.div_ceil(ROUNDS))?;
        rounds.push(settled(service)? as f64 / MEBI);
    }
    let listed: Vec<String> = rounds.iter().map(|held| format!("{held:.1}")).collect();
    let measured = format!("{} MiB", listed.join(", "));
    let [first, last] = [&rounds[..ROUNDS / 2], &rounds[ROUNDS / 2..]]
        .map(|half| half.iter().copied().fold(0.0, f64::max));
    let what = format!("memory in the later rounds of {abandoned} abandoned polls, to the earlier");
    report.add(&what, &measured, last / first, "", Bound::AtMost(1.05));
    Ok(())
}

fn settled(service: &Service) -> Result<u64> {
    std::thread::sleep(SETTLE);
    service.rss()
}

/// From the start of the process until it answers.
fn start(report: &mut Report) -> Result {
    let room = Room::new("snapshot-etcd")?;
    let etcd = Etcd::start(&room)?;
    let keys = report.share(KEYS);
    stores::fill(&etcd.endpoint(), keys)?;
    let before = etcd.requests()?;
    let start = Instant::now();
    let service = Service::start(&room, &etcd.endpoint(), &[])?;
    let seconds = start.elapsed().as_secs_f64();
    let requests = etcd.requests()? - before;
    let measured =
        format!("{requests} requests to etcd; {:.0} MiB then", service.rss()? as f64 / MEBI);
    let what = format!("from start to ready with {keys} keys in etcd");
    report.add(&what, &measured, seconds, "s", Bound::None);
    Ok(())
}
