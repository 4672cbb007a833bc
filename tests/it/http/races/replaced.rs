//! Whole subtrees are replaced under readers: nobody sees a mixture.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metactl::store::{Changes, Store};

use super::grounds::{Grounds, NODE, long, version};
use crate::store::words::{path, try_commit};
use crate::support::etcd::Etcd;
use crate::support::http::{Answer, Client};

const REPLACEMENTS: usize = 20;
const READERS: usize = 8;
/// Between two requests of a reader.
const PAUSE: Duration = Duration::from_millis(5);

/// The keys of a host beside its `ip`, as many as a full record has.
const KEYS: [&str; 19] = [
    "cpu",
    "eip",
    "gid",
    "gpu",
    "gpu_class",
    "gsid",
    "hypervisor",
    "instance_class",
    "instance_id",
    "mac",
    "memory",
    "node_id",
    "physical_machine",
    "pub_key",
    "role",
    "sid",
    "volume_class",
    "volume_size",
    "zone",
];

/// Everything below `hosts` in one generation: host, key, value, sorted. One
/// host comes and one goes with each generation.
fn leaves(hosts: usize, generation: usize) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for host in generation..hosts + generation {
        for key in KEYS {
            let value = format!("{generation}-{host}-of-{key}");
            all.push((format!("/web/i-{host:06}/{key}"), value));
        }
    }
    all.sort();
    all
}

/// The bodies of one generation: text, JSON.
fn bodies(leaves: &[(String, String)]) -> [String; 2] {
    let mut text = String::new();
    let mut nested: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (name, value) in leaves {
        let _ = writeln!(text, "{name}\t{value}");
        let (host, key) = name.strip_prefix("/web/").unwrap().split_once('/').unwrap();
        nested.entry(host).or_default().insert(key, value);
    }
    let json = serde_json::to_string(&BTreeMap::from([("web", nested)])).unwrap();
    [text, json]
}

async fn replace(store: &dyn Store, leaves: &[(String, String)]) -> u64 {
    let mut changes = Changes::new();
    let top = path("/cl-1/hosts");
    changes.delete_tree(&top);
    for (name, value) in leaves {
        changes.put(&top.join(name).unwrap(), value);
    }
    let outcome = try_commit(store, Vec::new(), changes).await.unwrap();
    assert!(outcome.changed > 0);
    outcome.revision
}

/// How the writing stands.
#[derive(Default)]
struct Writing {
    done: AtomicBool,
    failed: AtomicBool,
}

/// Tells the readers, also when the writer panics: what they wait for never comes then.
struct End<'a>(&'a Writing);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.failed.store(std::thread::panicking(), Ordering::Relaxed);
        self.0.done.store(true, Ordering::Relaxed);
    }
}

/// One reader: asks again and again, every other time by a poll, and knows each
/// answer to be one of the generations. Gives the version and generation of each.
fn reads(
    mut client: Client,
    number: usize,
    known: &[[String; 2]],
    writing: &Writing,
) -> Vec<(u64, usize)> {
    let mut seen = Vec::new();
    let mut since = 0;
    let is_last = |seen: Option<&(u64, usize)>| seen.is_some_and(|(_, last)| *last == REPLACEMENTS);
    while !is_last(seen.last()) && !writing.failed.load(Ordering::Relaxed) {
        let form = number % 2;
        let accept = ["text/plain", "application/json"][form];
        let place = ["/self/hosts", "/cl-1/hosts"][number / 2 % 2];
        let polls = number >= READERS / 2 && since > 0 && !writing.done.load(Ordering::Relaxed);
        let query = if polls { format!("?wait=true&prev_version={since}") } else { String::new() };
        let answer: Answer =
            client.ask("GET", &format!("{place}{query}"), &[("Accept", accept)], b"");
        let body = answer.text();
        let generation = known
            .iter()
            .position(|generation| generation[form] == body)
            .unwrap_or_else(|| panic!("no generation looks like this: {} bytes", body.len()));
        since = version(&answer);
        if seen.last() != Some(&(since, generation)) {
            seen.push((since, generation));
        }
        // The writer and the service need the processors too.
        std::thread::sleep(PAUSE);
    }
    seen
}

async fn replaced(grounds: Grounds, hosts: usize) {
    grounds.map().await;
    let generations: Vec<_> = (0..=REPLACEMENTS).map(|number| leaves(hosts, number)).collect();
    let known: Vec<[String; 2]> = generations.iter().map(|all| bodies(all)).collect();
    let mut revisions = vec![replace(&*grounds.store, &generations[0]).await];
    let serve = grounds.serve(&["--quiet-window", "0", "--poll-limit", "10s"]);
    let (writing, all) = (Writing::default(), Mutex::new(Vec::new()));
    // Readers block their threads; the writer goes on in this one.
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            for number in 0..READERS {
                let (known, writing, all, node) = (&known, &writing, &all, serve.node(NODE));
                scope.spawn(move || {
                    let seen = reads(node, number, known, writing);
                    all.lock().unwrap().extend(seen);
                });
            }
            let _end = End(&writing);
            for generation in &generations[1..] {
                revisions.push(runtime.block_on(replace(&*grounds.store, generation)));
            }
        });
    });
    for (version, generation) in all.into_inner().unwrap() {
        let newest = revisions.iter().rposition(|revision| *revision <= version);
        assert_eq!(newest, Some(generation), "by version {version} of {revisions:?}");
    }
}

/// How many hosts; an etcd takes a hundred of them without being asked to.
fn sizes() -> &'static [usize] {
    if long() { &[100, 1_000, 5_000] } else { &[100] }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_on_the_embedded_store() {
    for hosts in sizes() {
        replaced(Grounds::embedded(), *hosts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_on_etcd() {
    for hosts in sizes() {
        let etcd = Etcd::start_args(&["--max-request-bytes=67108864"]);
        replaced(Grounds::etcd(&etcd), *hosts).await;
    }
}
