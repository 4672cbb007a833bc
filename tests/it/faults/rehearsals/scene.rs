//! The cluster that operations die on, what it looks like when all is well, and
//! the operations themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metactl::error::Result;
use metactl::model::operation::Sizes;
use metactl::model::path::Path;
use metactl::model::tombstone::TOMBSTONES;
use metactl::ops::operation::drive::Planned;
use metactl::ops::scale::r#in::{self, Who};
use metactl::ops::scale::{out, up};
use metactl::ops::view::{Scope, View};
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Changes, Commit, Note, Store, What};

use crate::cli::cluster::create::example_home;

/// The whole store, without what stores write by themselves.
pub type Tree = BTreeMap<String, String>;

/// The cluster: two shards with a replica each, two gateways.
pub const CLUSTER: &str = "cl-queue";

/// An operation of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Out,
    In,
    /// All nodes at once.
    Up,
    /// One after another.
    UpInTurn,
}

pub const KINDS: [Kind; 4] = [Kind::Out, Kind::In, Kind::Up, Kind::UpInTurn];

impl Kind {
    pub fn phases(self) -> usize {
        match self {
            Kind::Out | Kind::In => 2,
            Kind::Up => 3,
            Kind::UpInTurn => 6,
        }
    }

    /// The words that begin it.
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Kind::Out => vec!["scale", "out", "shard", "--count=1"],
            Kind::In => vec!["scale", "in", "--role=shard", "--count=1", "--yes"],
            Kind::Up => vec!["scale", "up", "gateway", "--cpu=4"],
            Kind::UpInTurn => vec!["scale", "up", "shard", "--cpu=8"],
        }
    }

    pub async fn plan(self, view: &View) -> Result<Planned> {
        let (shard, gateway) = (Some("shard".to_owned()), Some("gateway".to_owned()));
        let size = |cpu| Sizes { cpu: Some(cpu), ..Sizes::default() };
        match self {
            Kind::Out => {
                let request = out::Request { role: shard, count: 1, sizes: Sizes::default() };
                Ok(out::plan(view, CLUSTER, request).await?.into())
            }
            Kind::In => {
                let who = Who::Highest { role: shard, count: 1 };
                r#in::plan(view, CLUSTER, who, false).await
            }
            Kind::Up => {
                let request = up::Request { role: gateway, sizes: size(4) };
                up::plan(view, CLUSTER, request).await
            }
            Kind::UpInTurn => {
                let request = up::Request { role: shard, sizes: size(8) };
                up::plan(view, CLUSTER, request).await
            }
        }
    }

    /// Checks that `after` is what the operation makes of `before`.
    pub fn assert_complete(self, before: &Tree, after: &Tree) {
        assert_sound(after);
        let mut rest = after.clone();
        rest.retain(|path, _| !path.starts_with(TOMBSTONES));
        match self {
            Kind::Out => {
                let new: BTreeSet<_> = hosts(after).difference(&hosts(before)).cloned().collect();
                assert_eq!(new.len(), 2, "one shard and its replica: {new:?}");
                let old = remove(&mut rest, after, &new);
                // Record, mapping and claims of a node are as those of its peers.
                let own = |node: &str| old.iter().filter(|path| path.contains(node)).count();
                assert!(new.iter().all(|node| own(node) >= 20), "{old:?}");
                assert_eq!(&rest, before);
            }
            Kind::In => {
                let gone: BTreeSet<_> = hosts(before).difference(&hosts(after)).cloned().collect();
                assert_eq!(gone.len(), 2, "one shard and its replica: {gone:?}");
                let mut expected = before.clone();
                remove(&mut expected, before, &gone);
                expected.retain(|path, _| !path.starts_with(TOMBSTONES));
                assert_eq!(rest, expected);
                let stones =
                    |tree: &Tree| tree.keys().filter(|path| path.starts_with(TOMBSTONES)).count();
                assert_eq!(stones(after), stones(before) + 2);
            }
            Kind::Up | Kind::UpInTurn => {
                let (role, cpu) = if self == Kind::Up { ("gateway", "4") } else { ("shard", "8") };
                let mut expected = before.clone();
                let top = format!("/{CLUSTER}/hosts/{role}");
                let grows = |path: &str| path.starts_with(&top) && path.ends_with("/cpu");
                let cpus = expected.iter_mut().filter(|(path, _)| grows(path));
                cpus.for_each(|(_, value)| cpu.clone_into(value));
                assert_eq!(after, &expected);
            }
        }
    }
}

/// The records of hosts, `role/instance`.
fn hosts(tree: &Tree) -> BTreeSet<String> {
    let top = format!("/{CLUSTER}/hosts/");
    let record = |path: &String| path.strip_prefix(&top)?.strip_suffix("/ip").map(str::to_owned);
    tree.keys().filter_map(record).collect()
}

/// Takes nodes out of a tree with all that hangs on them, which is returned.
fn remove(from: &mut Tree, tree: &Tree, nodes: &BTreeSet<String>) -> Vec<String> {
    let mut tops = Vec::new();
    for node in nodes {
        let record = format!("/{CLUSTER}/hosts/{node}");
        let leaf = |name: &str| &tree[&format!("{record}/{name}")];
        let ip = leaf("ip");
        tops.push(format!("/_metad/mapping/default/{ip}/"));
        tops.push(format!("/_metactl/claims/gsid/{}", leaf("gsid")));
        tops.push(format!("/_metactl/claims/node_id/{}", leaf("node_id")));
        tops.push(record + "/");
    }
    let gone: Vec<String> = from
        .keys()
        .filter(|path| tops.iter().any(|top| path.starts_with(top.as_str())))
        .cloned()
        .collect();
    gone.iter().for_each(|path| drop(from.remove(path)));
    gone
}

/// Checks a cluster that nothing is under way on.
pub fn assert_sound(tree: &Tree) {
    let left_over: Vec<&String> = tree
        .keys()
        .filter(|path| {
            let passing = ["adding-hosts", "deleting-hosts", "vertical-scaling-roles"];
            path.starts_with("/_metactl/ops/")
                || passing.iter().any(|name| path.split('/').nth(2) == Some(name))
        })
        .collect();
    assert!(left_over.is_empty(), "left over: {left_over:?}");
    let mut sids = BTreeSet::new();
    for node in hosts(tree) {
        let record = format!("/{CLUSTER}/hosts/{node}");
        let leaf = |name: &str| tree.get(&format!("{record}/{name}")).unwrap();
        let link = format!("/_metad/mapping/default/{}/host", leaf("ip"));
        assert_eq!(tree.get(&link), Some(&record), "the mapping of {node}");
        assert!(tree.contains_key(&format!("/_metactl/claims/gsid/{}", leaf("gsid"))));
        assert!(tree.contains_key(&format!("/_metactl/claims/node_id/{}", leaf("node_id"))));
        assert!(sids.insert(leaf("sid").clone()), "two have the sid of {node}");
    }
    let mapped = |path: &&String| path.starts_with("/_metad/mapping/") && path.ends_with("/host");
    for (path, record) in tree.iter().filter(|(path, _)| mapped(path)) {
        assert!(tree.contains_key(&format!("{record}/ip")), "{path} leads nowhere");
    }
}

/// A tree with the cluster, made by the program.
pub async fn tree() -> Tree {
    let home = example_home();
    let file = home.path().join(".local/share/metactl/metadata.db");
    read(&Sqlite::new(file, std::time::Duration::from_secs(20))).await
}

/// Everything that is in a store.
pub async fn read(store: &dyn Store) -> Tree {
    let mut tree = Tree::new();
    store
        .read(&[What::Subtree(Path::root())], At::Latest, &mut |item| {
            tree.insert(item.path.to_owned(), item.value.to_owned());
            Ok(())
        })
        .await
        .unwrap();
    tree
}

/// Makes a store hold that tree and nothing else.
pub async fn reset(store: &dyn Store, tree: &Tree) {
    let mut changes = Changes::new();
    for path in read(store).await.keys().filter(|path| !tree.contains_key(*path)) {
        changes.delete(&Path::parse(path).unwrap());
    }
    tree.iter().for_each(|(path, value)| changes.put(&Path::parse(path).unwrap(), value));
    store.commit(&Commit { changes, note: note(), ..Commit::default() }).await.unwrap();
}

pub fn view(store: Arc<dyn Store>) -> View {
    let scope = Scope { group: "default".to_owned(), cluster_root: Path::root(), as_id: None };
    View::new(store, scope)
}

pub fn note() -> Note {
    let operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    Note { actor: "tester@here".to_owned(), command: "test".to_owned(), operation }
}

/// Whether the long form of the tests is asked for.
// A setting of the tests, not of the program.
#[allow(clippy::disallowed_methods)]
pub fn long() -> bool {
    std::env::var_os("METACTL_TEST_LONG").is_some()
}
