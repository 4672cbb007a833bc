//! A check-up of a store full of clusters, and of one with a tenth of them: how
//! long it takes, how much memory, and that both grow with the clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use metactl::model::app::json;
use metactl::model::app::spec::Spec;
use metactl::model::cidr::Cidr;
use metactl::model::cluster::{self, Draft, Plan};
use metactl::model::ids::Draw;
use metactl::store::Changes;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::Result;
use crate::process::{Room, peak, time};
use crate::report::{Bound, Report};
use crate::sample::Sample;
use crate::stores::{Writer, told};

/// Clusters of the larger store; a build for debugging is slow enough with few.
const CLUSTERS: usize = if cfg!(debug_assertions) { 50 } else { 1_000 };
/// How many times smaller the other store is.
const TIMES: usize = 10;
/// Hosts of a cluster.
const HOSTS: usize = 50;
const ROUNDS: usize = 3;

const APP: &str = r#"{
  "name": "bench", "description": "", "vxnet": "vxnet-0",
  "nodes": [
    { "role": "shard", "count": 25, "cpu": 2, "memory": 4096, "container": { "type": "kvm", "image": "img" } },
    { "role": "gateway", "count": 25, "cpu": 1, "memory": 2048, "container": { "type": "kvm", "image": "img" } }
  ],
  "env": { "port": 7400, "retention.hours": 168 }
}"#;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("doctor")?;
    let (small, large) = (room.path("small.db"), room.path("large.db"));
    fill(&small, CLUSTERS / TIMES)?;
    let keys = fill(&large, CLUSTERS)?;
    let check =
        |file: &Path| room.metactl(&format!("file:{}", file.display()), &["doctor", "--quiet"]);
    let (mut few, mut many) = (Taken::default(), Taken::default());
    for _ in 0..ROUNDS {
        few.run(&mut check(&small))?;
        many.run(&mut check(&large))?;
    }
    let what = format!("`doctor` of {CLUSTERS} clusters of {HOSTS} hosts");
    let seconds = many.wall.median() / 1000.0;
    report.add(&what, &format!("{keys} keys"), seconds, "s", Bound::None);
    let (few, many) = (few.core.median(), many.core.median());
    let measured = format!("{many:.0} ms / {few:.0} ms of a core");
    let growth = many / few / TIMES as f64;
    let what =
        format!("work of `doctor` for {TIMES} times the clusters, to {TIMES} times the work");
    report.add(&what, &measured, growth, "", Bound::AtMost(1.3));
    memory(report, peak(&check(&small))?, peak(&check(&large))?);
    Ok(())
}

/// How long a command takes, and how much of that on a core.
#[derive(Default)]
struct Taken {
    wall: Sample,
    core: Sample,
}

impl Taken {
    fn run(&mut self, command: &mut Command) -> Result {
        let before = core_time()?;
        self.wall.push(time(command)?);
        self.core.push(core_time()? - before);
        Ok(())
    }
}

/// The time that all processes started here have spent on a core.
fn core_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds());
    Ok(Duration::from_micros(u64::try_from(micros.iter().sum::<i64>())?))
}

/// What a host more takes.
fn memory(report: &mut Report, small: u64, large: u64) {
    let mebi = f64::from(1 << 20);
    let (small, large) = (small as f64 / mebi, large as f64 / mebi);
    let more = (CLUSTERS - CLUSTERS / TIMES) * HOSTS;
    let what = format!("peak memory of `doctor` of {CLUSTERS} clusters");
    report.add(&what, &format!("{small:.1} MiB of a tenth"), large, "MiB", Bound::AtMost(64.0));
    let each = (large - small) * 1024.0 / more as f64;
    let measured = format!("({large:.1} − {small:.1}) MiB / {more} hosts");
    let what = "memory that `doctor` takes for each host more";
    // Caches are still filling where there is little.
    let bound = if CLUSTERS >= 1_000 { Bound::AtMost(1.0) } else { Bound::None };
    report.add(what, &measured, each, "KiB", bound);
}

/// Makes clusters as `cluster create` lays them out, one commit each; how many
/// keys that is.
fn fill(file: &Path, clusters: usize) -> Result<usize> {
    let writer = Writer::open(&format!("file:{}", file.display()))?;
    let spec = Spec::read(&json::parse(APP).map_err(|problem| format!("{problem:?}"))?)
        .map_err(|problem| format!("{problem:?}"))?;
    let mut draw = Draw::new(Some(1));
    let mut keys = 0;
    for number in 0..clusters {
        let plan = plan(&spec, number, &mut draw)?;
        let mut changes = Changes::new();
        let leaves = plan.claims.iter().chain(&plan.data).chain(&plan.records).chain(&plan.access);
        leaves.for_each(|(path, value)| changes.put(path, value));
        keys += changes.puts();
        writer.commit(changes)?;
    }
    Ok(keys)
}

fn plan(spec: &Spec, number: usize, draw: &mut Draw) -> Result<Plan> {
    let cidr = Cidr::parse(&format!("10.{}.{}.0/24", number / 256, number % 256)).map_err(told)?;
    let draft = Draft {
        id: format!("cl-bench{number:04}"),
        cluster_root: metactl::model::path::Path::root(),
        group: "default".to_owned(),
        project: "default".to_owned(),
        zone: "local".to_owned(),
        vxnet: "vxnet-0".to_owned(),
        cidr,
        widen: false,
        spec,
        special: &[],
        pub_keys: &BTreeMap::new(),
        set_cluster: &[],
        set_host: &[],
        app: None,
        created: "2026-01-01T00:00:00Z".to_owned(),
    };
    Ok(cluster::plan(&draft, &BTreeSet::new(), draw).map_err(told)?)
}
