//! Scale-out of many hosts: how long it takes, and how often it asks an etcd.

use crate::Result;
use crate::etcd::Etcd;
use crate::process::{Room, succeed, time};
use crate::report::{Bound, Report};
use crate::sample::Sample;

const HOSTS: u64 = 200;
const ROUNDS: usize = 7;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("scale")?;
    let etcd = Etcd::start(&room)?;
    let file = format!("file:{}", room.path("scale.db").display());
    let places = [("embedded", file, 0.25), ("etcd", etcd.endpoint(), 2.0)];
    for (name, endpoint, bound) in places {
        let mut sample = Sample::default();
        let mut requests = 0;
        for round in 0..ROUNDS {
            let (cluster, block) = (format!("cl-round{round}"), format!("10.{}.0.0/16", round + 1));
            let role = ["--role", "a=1", "--cidr", &block];
            let create = [&["cluster", "create", "-q", "--id", &cluster][..], &role].concat();
            succeed(&mut room.metactl(&endpoint, &create))?;
            let before = etcd.requests()?;
            let count = HOSTS.to_string();
            let out = ["scale", "out", "-q", "--count", &count, "--cluster", &cluster];
            sample.push(time(&mut room.metactl(&endpoint, &out))?);
            requests = etcd.requests()? - before;
        }
        let seconds = sample.median() / 1000.0;
        let measured =
            format!("median of {ROUNDS}; slowest {:.2} s", sample.quantile(1.0) / 1000.0);
        let what = format!("`scale out --count {HOSTS}`, {name}");
        report.add(&what, &measured, seconds, "s", Bound::AtMost(bound));
        if requests > 0 {
            let share = requests as f64 / HOSTS as f64;
            let measured = format!("{requests} requests for {HOSTS} hosts in two phases");
            report.add("requests to etcd for each host", &measured, share, "", Bound::None);
        }
    }
    Ok(())
}
