//! Prints every figure that is promised, beside its bound, measured in one run.
//!
//! `benches/run.sh` builds and runs it. What is compared runs in turns (first
//! one, then the other, again and again), so that a busy moment hits both.

// One program: nothing in it is reachable from outside.
#![allow(unreachable_pub)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints")]

mod agents;
mod bare;
mod cold;
mod crowd;
mod doctor;
mod etcd;
mod fanout;
mod growth;
mod http;
mod import;
mod latency;
mod memory;
mod nginx;
mod nodes;
mod process;
mod report;
mod sample;
mod scale;
mod serve;
mod service;
mod snapshot;
mod stores;
mod tree;

use std::error::Error;
use std::process::ExitCode;

use report::Report;

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// Measures something and adds its figures.
type Measure = fn(&mut Report) -> Result;

/// The parts of a run: their names on the command line and what they measure.
const PARTS: [(&str, Measure); 13] = [
    ("size", process::binary_size),
    ("cold", cold::measure),
    ("import", import::measure),
    ("memory", memory::measure),
    ("latency", latency::measure),
    ("idle", latency::idle),
    ("growth", growth::measure),
    ("scale", scale::measure),
    ("doctor", doctor::measure),
    ("agents", agents::measure),
    ("serve", serve::measure),
    ("fanout", fanout::measure),
    ("snapshot", snapshot::measure),
];

fn main() -> ExitCode {
    // Cargo adds `--bench` of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the parts named, or one of the roles this program plays in processes
/// of its own; tells whether every figure is within its bound.
fn run(words: &[String]) -> Result<bool> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["peak", program, arguments @ ..] => return process::peak_role(program, arguments),
        ["bare", file, text, history] => return bare::role(file, text, history == &"history"),
        ["bare-server", body] => return service::bare_role(body),
        ["write", endpoint] => return fanout::write_role(endpoint),
        ["compact", file] => return growth::compact_role(file),
        _ => {}
    }
    let named: Vec<&&str> = words.iter().filter(|word| !word.starts_with("--")).collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.iter().any(|part| part.0 == ***name)) {
        let known = PARTS.map(|part| part.0).join(", ");
        return Err(format!("`{unknown}` is no part; known: {known}").into());
    }
    let known = ["--record", "--small"];
    if let Some(unknown) = words.iter().find(|w| w.starts_with("--") && !known.contains(w)) {
        return Err(format!("`{unknown}` is not known; known: {}", known.join(", ")).into());
    }
    let small = words.contains(&"--small");
    if small && words.contains(&"--record") {
        return Err("figures of a small run are not to be kept".into());
    }
    process::raise_file_limit()?;
    let mut report = Report::new(small);
    for (name, measure) in PARTS {
        if named.is_empty() || named.iter().any(|word| **word == name) {
            eprintln!("-- {name}");
            measure(&mut report)?;
        }
    }
    println!("\n{}", report.table());
    if words.contains(&"--record") {
        report.record()?;
    }
    Ok(report.all_within())
}
