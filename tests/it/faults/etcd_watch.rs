//! Watches and writers while servers die: what is told is what was committed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use metactl::store::etcd::Etcd as Store;
use metactl::store::{Commit, Note, Revised, Revision, Store as _};

use crate::store::words::*;
use crate::support::etcd::Etcd;

const WRITERS: usize = 4;
/// Commits between two faults.
const BETWEEN: usize = 40;

/// What writers know of their commits.
#[derive(Default)]
struct Written {
    /// Operations that were acknowledged, with their revisions.
    done: RefCell<HashMap<String, Revision>>,
    /// Operations of which nobody knows.
    unknown: RefCell<HashSet<String>>,
    stop: Cell<bool>,
}

impl Written {
    /// Commits until it is told to stop: keys of its own, and one for all.
    async fn write(&self, store: &Store, writer: usize) {
        for round in 0.. {
            if self.stop.get() {
                return;
            }
            let operation = format!("{writer}-{round}");
            let mut changes = puts(&[
                &format!("/w/all={operation}"),
                &format!("/w/{writer}/{}={operation}", round % 7),
            ]);
            if round % 5 == 4 {
                changes.delete_tree(&path(&format!("/w/{writer}")));
            }
            let note = Note { operation: operation.clone(), ..Note::default() };
            let commit = Commit { changes, note, ..Commit::default() };
            match store.commit(&commit).await {
                Ok(outcome) => drop(self.done.borrow_mut().insert(operation, outcome.revision)),
                Err(error) => {
                    assert!(error.can_retry(), "{error} {:?}", error.causes());
                    self.unknown.borrow_mut().insert(operation);
                }
            }
        }
    }

    /// Until so many more commits are acknowledged.
    async fn more(&self, count: usize) {
        let goal = self.done.borrow().len() + count;
        while self.done.borrow().len() < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Writers and a watch on all servers of `etcd`, while `faults` does its work.
async fn compare(etcd: &Etcd, faults: impl AsyncFnOnce(&Written)) {
    let store = etcd.store();
    let start = newest(&store).await;
    let mut watch = watch(&store, &["/w"], start).await;
    let written = Written::default();
    let stores: Vec<_> = (0..WRITERS).map(|_| etcd.store()).collect();
    let writing = async {
        let writers = stores.iter().enumerate().map(|(writer, store)| written.write(store, writer));
        let acting = async {
            faults(&written).await;
            written.more(BETWEEN).await;
            written.stop.set(true);
        };
        tokio::join!(futures_util::future::join_all(writers), acting);
        put(&store, &["/w/end=1"]).await
    };
    let hearing = async {
        let mut heard = Vec::new();
        loop {
            let revised = next(&mut *watch).await.unwrap();
            let last = revised.changes.iter().any(|change| change.path.as_str() == "/w/end");
            heard.push(revised);
            if last {
                return heard;
            }
        }
    };
    let (last, heard) = tokio::join!(writing, hearing);
    assert_eq!(heard.last().unwrap().revision, last);
    check(&written, &heard);
    let state = replay(&heard);
    assert_eq!(tree(&store, "/w").await, state);
    println!("{} commits, {} unknown", heard.len(), written.unknown.borrow().len());
}

/// Every acknowledged commit was told at its revision, none twice, no other ones.
fn check(written: &Written, heard: &[Revised]) {
    assert!(heard.is_sorted_by(|one, other| one.revision < other.revision));
    let mut told = HashMap::new();
    for revised in &heard[..heard.len() - 1] {
        let operation = revised.note.as_ref().unwrap().note.operation.clone();
        let before = told.insert(operation, revised.revision);
        assert_eq!(before, None, "applied twice: {revised:?}");
    }
    let done = written.done.borrow();
    for (operation, revision) in done.iter() {
        assert_eq!(told.get(operation), Some(revision), "{operation}");
    }
    let unknown = written.unknown.borrow();
    assert!(told.keys().all(|told| done.contains_key(told) || unknown.contains(told)));
}

/// What the changes lead to; each one's past must be what came before.
fn replay(heard: &[Revised]) -> Vec<String> {
    let mut state = BTreeMap::new();
    for change in heard.iter().flat_map(|revised| &revised.changes) {
        let before = match &change.value {
            Some(value) => state.insert(change.path.clone(), value.clone()),
            None => state.remove(&change.path),
        };
        assert_eq!(before, change.previous, "{change:?}");
    }
    state.into_iter().map(|(path, value)| format!("{path}={value}")).collect()
}

#[tokio::test]
async fn nothing_is_missed_while_the_server_is_killed() {
    let etcd = Etcd::start();
    compare(&etcd, async |written| {
        for _ in 0..3 {
            written.more(BETWEEN).await;
            etcd.member(0).restart();
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_missed_while_the_leader_changes() {
    let etcd = Etcd::start_three();
    compare(&etcd, async |written| {
        let store = etcd.store();
        for _ in 0..2 {
            written.more(BETWEEN).await;
            let members = store.status().await.unwrap().members;
            let leader = members.iter().position(|member| member.leader).unwrap();
            etcd.member(leader).kill();
            written.more(BETWEEN).await;
            etcd.member(leader).restart();
        }
    })
    .await;
}
