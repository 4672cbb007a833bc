//! Requests a second, beside an nginx that serves the same bytes from files.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::Result;
use crate::http::Client;
use crate::nginx::{Nginx, wrk};
use crate::nodes::{self, CLUSTER};
use crate::process::Room;
use crate::report::{Bound, Report};
use crate::sample::Sample;
use crate::service::Service;
use crate::stores::Writer;

const ROUNDS: usize = 3;
const CHANGES: usize = 200;

/// What is asked for: its name, its path, its representation, the file with the
/// same bytes, and the share of nginx's rate that is promised.
const ASKED: [(&str, &str, &str, &str, f64); 2] = [
    ("a leaf", "/self/host/ip", "text/plain", "leaf", 0.7),
    ("100 hosts as JSON", "/self/hosts", "application/json", "hosts", 0.6),
];

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("serve")?;
    let endpoint = format!("file:{}", room.path("serve.db").display());
    let writer = Writer::open(&endpoint)?;
    nodes::fill_cluster(&writer, CLUSTER, 0)?;
    nodes::map(&writer, 1)?;
    let log = room.path("access.log");
    let plain = Service::start(&room, &endpoint, &[])?;
    let logging = Service::start(&room, &endpoint, &["--access-log", &log.display().to_string()])?;
    let files = room.path("files");
    std::fs::create_dir_all(&files)?;
    let address = plain.address;
    let mut client = Client::connect(address)?;
    for (_, path, accept, file, _) in ASKED {
        std::fs::write(files.join(file), client.get(path, accept)?.body)?;
    }
    let one = Nginx::start(&room, &files, 1)?;
    let two = Nginx::start(&room, &files, 2)?;
    let time = Duration::from_secs(report.share(5) as u64);
    for (what, path, accept, file, promised) in ASKED {
        let file_path = format!("/{file}");
        let servers = [
            (plain.address, path),
            (logging.address, path),
            (one.address, &*file_path),
            (two.address, &*file_path),
        ];
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            for ((address, path), rates) in servers.iter().zip(&mut rates) {
                rates.push(wrk(*address, path, accept, time)?);
            }
        }
        let [plain, logging, one, two] = rates.map(median);
        let bytes = std::fs::metadata(files.join(file))?.len();
        for (log, ours) in [("off", plain), ("on", logging)] {
            for (workers, theirs) in [("1 worker", one), ("2 workers", two)] {
                let name = format!(
                    "requests a second for {what} of {bytes} bytes, access log {log}, to nginx \
                     with {workers}"
                );
                let measured = format!("{ours:.0} / {theirs:.0}");
                report.add(&name, &measured, ours / theirs, "", Bound::AtLeast(promised));
            }
        }
    }
    first_after_change(report, &writer, address)
}

/// What the first one pays who asks after a change.
fn first_after_change(report: &mut Report, writer: &Writer, address: SocketAddr) -> Result {
    let mut client = Client::connect(address)?;
    let (mut first, mut again) = (Sample::default(), Sample::default());
    let host = format!("/{CLUSTER}/hosts/worker/i-00000000/memory");
    for number in 0..report.share(CHANGES) {
        let before = client.get("/self/host/ip", "text/plain")?.version;
        writer.put(&host, &format!("{}", 1024 + number))?;
        // Until the service has taken it in; nobody has asked for the hosts by then.
        while client.get("/self/host/ip", "text/plain")?.version == before {}
        for sample in [&mut first, &mut again] {
            let start = Instant::now();
            client.get("/self/hosts", "application/json")?;
            sample.push(start.elapsed());
        }
    }
    let measured =
        format!("p99 {:.2} ms; the next one {:.2} ms", first.quantile(0.99), again.median());
    let what = format!("first request for 100 hosts after a change, median of {}", first.len());
    report.add(&what, &measured, first.median(), "ms", Bound::None);
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
