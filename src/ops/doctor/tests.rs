//! A store that is damaged anyhow is mended as far as it can be; others write meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::examine::{Examined, examine};
use super::mend::{self, mend};
use crate::error::Kind;
use crate::model::app::json;
use crate::model::app::spec::Spec;
use crate::model::cidr;
use crate::model::cluster::{self, Draft};
use crate::model::ids::Draw;
use crate::model::path::Path;
use crate::ops::view::{Scope, View};
use crate::store::memory::Memory;
use crate::store::{At, Changes, Commit, Note, Store, What, reading};

const APP: &str = r#"{
  "name": "app", "description": "", "vxnet": "vxnet-0",
  "nodes": [
    { "role": "a", "count": 2, "cpu": 1, "memory": 1024, "replica": 1, "env": { "port": 1, "own": 2 },
      "container": { "type": "kvm", "image": "img" } },
    { "role": "b", "count": 1, "cpu": 1, "memory": 1024, "container": { "type": "kvm", "image": "img" } }
  ],
  "env": { "port": 7400, "hours": 168 },
  "endpoints": { "reserved_ips": { "vip": { "value": "" } } }
}"#;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn puts(pairs: &[(&str, &str)]) -> Changes {
    let mut changes = Changes::new();
    pairs.iter().for_each(|(name, value)| changes.put(&path(name), value));
    changes
}

async fn write(store: &Memory, changes: Changes) {
    store.commit(&Commit { changes, ..Commit::default() }).await.unwrap();
}

/// A store with one cluster, as `cluster create` lays it out.
async fn home() -> (Memory, View) {
    let spec = Spec::read(&json::parse(APP).unwrap()).unwrap();
    let draft = Draft {
        id: "cl-1".into(),
        cluster_root: Path::root(),
        group: "default".into(),
        project: "default".into(),
        zone: "local".into(),
        vxnet: "vxnet-0".into(),
        cidr: cidr::DEFAULT,
        widen: true,
        spec: &spec,
        special: &[],
        pub_keys: &BTreeMap::new(),
        set_cluster: &[],
        set_host: &[],
        app: None,
        created: "2026-01-01T00:00:00Z".into(),
    };
    let plan = cluster::plan(&draft, &Default::default(), &mut Draw::new(Some(1))).unwrap();
    let mut changes = Changes::new();
    let leaves = plan.claims.iter().chain(&plan.data).chain(&plan.records).chain(&plan.access);
    leaves.for_each(|(path, value)| changes.put(path, value));
    let store = Memory::new();
    write(&store, changes).await;
    let scope =
        Scope { group: "default".into(), cluster_root: Path::root(), as_id: Some("i-1".into()) };
    let view = View::new(Arc::new(store.clone()), scope);
    (store, view)
}

async fn look(view: &View) -> Examined {
    examine(view, &[], &|_, _| {}).await.unwrap()
}

async fn everything(store: &Memory) -> BTreeMap<Path, String> {
    let what = [What::Subtree(Path::root())];
    let (_, entries) = reading::collect(store, &what, At::Latest).await.unwrap();
    entries.into_iter().map(|entry| (entry.path, entry.value)).collect()
}

#[tokio::test]
async fn what_others_write_meanwhile_is_looked_at_again() {
    let (store, view) = home().await;
    write(&store, puts(&[("/cl-1/vertical-scaling-roles", "a")])).await;
    let note = Note { operation: "x".into(), ..Note::default() };
    let plan = mend::plan(&look(&view).await);
    assert_eq!(plan.findings, 1);
    // Nothing that matters: it is mended as agreed.
    write(&store, puts(&[("/cl-1/env/port", "1")])).await;
    mend(&view, plan, &[], note.clone(), &|_, _| {}).await.unwrap();
    assert!(look(&view).await.findings.is_empty());
    // Something else would have to be done now: nobody has agreed to that.
    write(&store, puts(&[("/cl-1/vertical-scaling-roles", "a")])).await;
    let plan = mend::plan(&look(&view).await);
    write(&store, puts(&[("/cl-1/cluster/upgrade-audit/to_app_version", "2")])).await;
    let before = everything(&store).await;
    let error = mend(&view, plan, &[], note, &|_, _| {}).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(everything(&store).await, before);
}

#[tokio::test]
async fn very_many_clusters_are_mended_in_several_runs() {
    let (store, view) = home().await;
    let mut changes = Changes::new();
    for number in 0..60 {
        changes.put(&path(&format!("/_metactl/clusters/cl-gone{number}/state")), "active");
    }
    write(&store, changes).await;
    let mut runs = 0;
    loop {
        let plan = mend::plan(&look(&view).await);
        if plan.is_empty() {
            break;
        }
        let note = Note { operation: format!("run{runs}"), ..Note::default() };
        mend(&view, plan, &[], note, &|_, _| {}).await.unwrap();
        runs += 1;
    }
    assert_eq!(runs, 2);
    assert!(look(&view).await.findings.is_empty());
}

#[derive(Debug, Clone)]
enum Damage {
    Delete(prop::sample::Index),
    DeleteAbove(prop::sample::Index),
    Put(prop::sample::Index, &'static str),
    Add(prop::sample::Index, &'static str, &'static str),
    Swap(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    let values = ["", "x", "7", "10.0.0.1", "/cl-1/hosts/a/i-x", "/cl-9/env", "cl-9", "creating"];
    prop_oneof![
        index().prop_map(Damage::Delete),
        index().prop_map(Damage::DeleteAbove),
        (index(), prop::sample::select(values.to_vec()))
            .prop_map(|(index, value)| Damage::Put(index, value)),
        (
            index(),
            prop::sample::select(vec!["extra", "env/extra", "links/db", "i-new/ip", "own"]),
            prop::sample::select(values.to_vec())
        )
            .prop_map(|(index, name, value)| Damage::Add(index, name, value)),
        (index(), index()).prop_map(|(one, other)| Damage::Swap(one, other)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is damaged: looking never fails, mending ends, and then nothing is
    /// left that it says it can mend.
    #[test]
    fn mending_comes_to_an_end(damages in prop::collection::vec(damage(), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (store, view) = home().await;
            let leaves: Vec<(Path, String)> = everything(&store).await.into_iter().collect();
            for damage in &damages {
                let mut changes = Changes::new();
                match damage {
                    Damage::Delete(index) => changes.delete(&index.get(&leaves).0),
                    Damage::DeleteAbove(index) => {
                        changes.delete_tree(&index.get(&leaves).0.parent().unwrap());
                    }
                    Damage::Put(index, value) => changes.put(&index.get(&leaves).0, value),
                    Damage::Add(index, name, value) => {
                        let top = index.get(&leaves).0.parent().unwrap();
                        changes.put(&top.join(name).unwrap(), value);
                    }
                    Damage::Swap(one, other) => {
                        changes.put(&one.get(&leaves).0, &other.get(&leaves).1);
                    }
                }
                // What would make a leaf of a directory is refused.
                let _ = store.commit(&Commit { changes, ..Commit::default() }).await;
            }
            for run in 0..4 {
                let examined = look(&view).await;
                let plan = mend::plan(&examined);
                prop_assert_eq!(plan.is_empty(), examined.findings.iter().all(|one| !one.fixable));
                if plan.is_empty() {
                    return Ok(());
                }
                let note = Note { operation: format!("run{run}"), ..Note::default() };
                let outcome = mend(&view, plan, &[], note, &|_, _| {}).await.unwrap();
                prop_assert!(outcome.changed > 0, "{:?}", examined.findings);
            }
            prop_assert!(false, "still mending: {:?}", look(&view).await.findings);
            Ok(())
        })?;
    }
}
