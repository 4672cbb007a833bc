//! A reader in a tight loop beside operations: it never sees half a phase.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use metactl::model::path::Path;
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Store, What};

use super::scene::{self, CLUSTER, Tree};
use crate::support::Home;
use crate::support::etcd::Etcd;

/// How many nodes come and go at a time.
const STEP: usize = 3;

/// What the reader must have seen for the test to be worth something.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    nothing: bool,
    adding: bool,
    deleting: bool,
    resizing: bool,
}

/// Everything that a phase changes, at one revision.
async fn look(store: &dyn Store) -> Tree {
    let cluster = format!("/{CLUSTER}");
    let operation = format!("/_metactl/ops/{CLUSTER}");
    let tops = [&cluster, "/_metad/mapping/default", "/_metactl/claims", &operation];
    let what = tops.map(|top| What::Subtree(Path::parse(top).unwrap()));
    let mut tree = Tree::new();
    store
        .read(&what, At::Latest, &mut |item| {
            tree.insert(item.path.to_owned(), item.value.to_owned());
            Ok(())
        })
        .await
        .unwrap();
    tree
}

/// The records below a directory of the cluster: their leaves by `role/instance`.
fn records<'a>(tree: &'a Tree, directory: &str) -> BTreeMap<String, BTreeMap<&'a str, &'a str>> {
    let top = format!("/{CLUSTER}/{directory}/");
    let mut records: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, value) in tree {
        let Some(rest) = path.strip_prefix(&top) else { continue };
        let (role, rest) = rest.split_once('/').unwrap();
        let (instance, leaf) = rest.split_once('/').unwrap();
        records.entry(format!("{role}/{instance}")).or_default().insert(leaf, value);
    }
    records
}

/// Checks what is seen at one moment.
fn check(tree: &Tree, seen: &mut Seen) {
    let hosts = records(tree, "hosts");
    let (adding, deleting) = (records(tree, "adding-hosts"), records(tree, "deleting-hosts"));
    let resizing = tree.get(&format!("/{CLUSTER}/vertical-scaling-roles"));
    for (name, part) in [("adding", &adding), ("deleting", &deleting)] {
        assert!(part.is_empty() || part.len() == STEP, "{name} {} of {STEP}", part.len());
        for (host, leaves) in part {
            assert_eq!(Some(leaves), hosts.get(host), "{name} {host}");
        }
    }
    let under_way = !adding.is_empty() || !deleting.is_empty() || resizing.is_some();
    let recorded = tree.contains_key(&format!("/_metactl/ops/{CLUSTER}"));
    assert_eq!(under_way, recorded, "what is under way is recorded, and nothing else");
    let mut ips = BTreeSet::new();
    for (host, leaves) in &hosts {
        let links = format!("/_metad/mapping/default/{}/", leaves["ip"]);
        let record = format!("/{CLUSTER}/hosts/{host}");
        assert_eq!(tree.get(&format!("{links}host")), Some(&record));
        let count = tree.keys().filter(|path| path.starts_with(&links)).count();
        assert!(count >= 10, "{host} has {count} links");
        assert!(leaves.len() >= 19, "{host} has {} leaves", leaves.len());
        assert!(tree.contains_key(&format!("/_metactl/claims/gsid/{}", leaves["gsid"])));
        assert!(tree.contains_key(&format!("/_metactl/claims/node_id/{}", leaves["node_id"])));
        ips.insert(leaves["ip"]);
    }
    let mapped = tree.iter().filter(|(path, record)| {
        path.ends_with("/host") && record.starts_with(&format!("/{CLUSTER}/"))
    });
    assert_eq!(mapped.count(), ips.len(), "a mapping without its host");
    let gateways = hosts.iter().filter(|(host, _)| host.starts_with("gateway/"));
    let cpus: BTreeSet<_> = gateways.map(|(_, leaves)| leaves["cpu"]).collect();
    assert_eq!(cpus.len(), 1, "they are resized all at once");
    seen.adding |= !adding.is_empty();
    seen.deleting |= !deleting.is_empty();
    seen.resizing |= resizing.is_some();
    seen.nothing |= !under_way;
}

/// Lets other processes go through operations while this one looks.
async fn watch(home: Home, store: Arc<dyn Store>, endpoint: String) {
    scene::reset(&*store, &scene::tree().await).await;
    let rounds = if scene::long() { 40 } else { 3 };
    let writer = std::thread::spawn(move || {
        let end = ["--delay=20ms", "--cluster", CLUSTER, "--endpoint", &endpoint];
        let count = format!("--count={STEP}");
        for round in 0..rounds {
            let cpu = if round % 2 == 0 { "--cpu=4" } else { "--cpu=2" };
            let steps: [&[&str]; 3] = [
                &["scale", "out", "gateway", &count],
                &["scale", "up", "gateway", cpu],
                &["scale", "in", "--role=gateway", &count, "--yes"],
            ];
            for words in steps {
                home.run([words, &end].concat()).ok();
            }
        }
    });
    let (mut seen, mut looks) = (Seen::default(), 0);
    while !writer.is_finished() {
        check(&look(&*store).await, &mut seen);
        looks += 1;
    }
    writer.join().unwrap();
    println!("{looks} looks");
    let all = Seen { nothing: true, adding: true, deleting: true, resizing: true };
    assert_eq!(seen, all);
}

#[tokio::test]
async fn on_sqlite() {
    let home = Home::new();
    let store = Sqlite::new(home.path().join("store.db"), Duration::from_secs(20));
    watch(home, Arc::new(store), "file:store.db".to_owned()).await;
}

#[tokio::test]
async fn on_etcd() {
    let etcd = Etcd::start();
    watch(Home::new(), Arc::new(etcd.store()), etcd.endpoint()).await;
}
