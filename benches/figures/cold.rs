//! What starting costs: `metactl get` from a cold process, beside etcdctl and
//! beside a program that does nothing.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::etcd::Etcd;
use crate::process::{Room, empty_program, time};
use crate::report::{Bound, Report};
use crate::sample::{Contender, Sample, alternate};
use crate::stores;

const ROUNDS: usize = 150;
const KEY: &str = "/cl-bench0000/env/parameter-00007";

/// In the order of the contenders.
const EMPTY: usize = 0;
const HELP: usize = 1;
const EMBEDDED: usize = 2;
const ETCD: usize = 3;
const ETCDCTL: usize = 4;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("cold")?;
    let empty = empty_program(&room)?;
    let etcd = Etcd::start(&room)?;
    let file = format!("file:{}", room.path("cold.db").display());
    for (keys, told) in [(1_000, ""), (1_000_000, ", 1,000,000 keys")] {
        for endpoint in [&file, &etcd.endpoint()] {
            stores::fill(endpoint, keys)?;
        }
        let samples = turns(&room, &empty, &file, &etcd)?;
        tell(report, &samples, told);
    }
    Ok(())
}

fn turns(room: &Room, empty: &Path, file: &str, etcd: &Etcd) -> Result<Vec<Sample>> {
    let commands = [
        Command::new(empty),
        room.metactl(file, &["--help"]),
        room.metactl(file, &["get", KEY]),
        room.metactl(&etcd.endpoint(), &["get", KEY]),
        etcd.etcdctl(&["get", KEY]),
    ];
    let mut contenders: Vec<Contender> = commands
        .into_iter()
        .map(|mut command| -> Contender { Box::new(move || time(&mut command)) })
        .collect();
    alternate(ROUNDS, &mut contenders)
}

fn tell(report: &mut Report, samples: &[Sample], told: &str) {
    let mut add = |what: &str, one: usize, other: usize, bound: Bound| {
        let (one, other) = (samples[one].median(), samples[other].median());
        let measured = format!("{one:.2} ms / {other:.2} ms");
        report.add(&format!("{what}{told}"), &measured, one / other, "", bound);
    };
    add("cold `get`, embedded, to `etcdctl get`", EMBEDDED, ETCDCTL, Bound::AtMost(0.35));
    add("cold `get`, embedded, to an empty program", EMBEDDED, EMPTY, Bound::AtMost(4.0));
    add("cold `get`, etcd, to `etcdctl get`", ETCD, ETCDCTL, Bound::AtMost(0.8));
    if told.is_empty() {
        add("`--help` to an empty program", HELP, EMPTY, Bound::AtMost(6.0));
    }
}
