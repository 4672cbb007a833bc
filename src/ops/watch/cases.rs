//! Cases of following a view over the memory store.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::change::{Change, Commit};
use super::cursor::Position;
use super::follow::{Begin, Told, follow, subject};
use crate::error::{Error, Kind};
use crate::model::path::Path;
use crate::ops::view::{Scope, View};
use crate::store::memory::Memory;
use crate::store::{self, Changes, Note, Revision, Store};

struct World {
    store: Memory,
    view: View,
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

impl World {
    fn new() -> World {
        let store = Memory::new();
        let scope = Scope {
            group: "default".to_owned(),
            cluster_root: Path::root(),
            as_id: Some("10.0.0.1".to_owned()),
        };
        let view = View::new(Arc::new(store.clone()), scope);
        World { store, view }
    }

    /// One commit; an empty value deletes.
    async fn put(&self, pairs: &[(&str, &str)]) -> Revision {
        let mut changes = Changes::new();
        for (key, value) in pairs {
            match value.is_empty() {
                true => changes.delete_tree(&path(key)),
                false => changes.put(&path(key), value),
            }
        }
        let note = Note { actor: "ann@host".to_owned(), ..Note::default() };
        let commit = store::Commit { changes, note, ..store::Commit::default() };
        self.store.commit(&commit).await.unwrap().revision
    }

    async fn map(&self, name: &str, real: &str) -> Revision {
        self.put(&[(&format!("/_metad/mapping/default/10.0.0.1/{name}"), real)]).await
    }

    async fn watch(&self, paths: &[&str], begin: Begin) -> Watching {
        let paths: Vec<Path> = paths.iter().map(|text| path(text)).collect();
        let (tell, told) = mpsc::channel(64);
        let view = self.view.clone();
        let subject = subject(&view, &paths).await.unwrap();
        let task = tokio::spawn(async move { follow(&view, subject, begin, tell).await });
        Watching { told, task }
    }
}

struct Watching {
    told: mpsc::Receiver<Told>,
    task: tokio::task::JoinHandle<Result<(), Error>>,
}

impl Watching {
    async fn began(&mut self) -> Position {
        match self.told.recv().await {
            Some(Told::Began(position)) => position,
            other => panic!("{other:?}"),
        }
    }

    async fn commit(&mut self) -> Commit {
        match self.told.recv().await {
            Some(Told::Commit(commit)) => commit,
            other => panic!("{other:?}"),
        }
    }

    async fn compared(&mut self) -> (Revision, usize) {
        match self.told.recv().await {
            Some(Told::Compared { revision, differences }) => (revision, differences),
            other => panic!("{other:?}"),
        }
    }
}

/// `put /a 1 (0)`: type, path, value, and the value before.
fn lines(commit: &Commit) -> Vec<String> {
    let line = |change: &Change| {
        let value = change.value.as_deref().unwrap_or("-");
        let previous = change.previous.as_deref().unwrap_or("-");
        format!("{} {} {value} ({previous})", change.kind.word(), change.path)
    };
    commit.changes.iter().map(line).collect()
}

#[tokio::test]
async fn commits_come_whole_and_with_who_and_when() {
    let world = World::new();
    world.put(&[("/a/x", "1"), ("/b/x", "1")]).await;
    let mut watching = world.watch(&["/a", "/b/x"], Begin::Now).await;
    let began = watching.began().await;
    assert_eq!((began.revision, began.keys.len()), (2, 2));
    world.put(&[("/c", "1")]).await;
    let revision = world.put(&[("/a/x", "2"), ("/a/y", "3"), ("/b", ""), ("/d", "1")]).await;
    let commit = watching.commit().await;
    assert_eq!(commit.revision, revision);
    assert_eq!(lines(&commit), ["put /a/x 2 (1)", "put /a/y 3 (-)", "delete /b/x - (1)"]);
    assert_eq!(commit.keys, 2);
    assert!(commit.changes.iter().all(|change| change.actor.as_deref() == Some("ann@host")));
    assert!(commit.changes.iter().all(|change| change.time.is_some()));
}

#[tokio::test]
async fn it_begins_with_the_state_or_with_a_revision() {
    let world = World::new();
    let first = world.put(&[("/a/x", "1")]).await;
    let second = world.put(&[("/a/x", "2")]).await;
    let mut watching = world.watch(&["/a"], Begin::Initial).await;
    assert!(watching.began().await.keys.is_empty());
    let commit = watching.commit().await;
    assert_eq!((commit.revision, lines(&commit)), (second, vec!["put /a/x 2 (-)".to_owned()]));
    assert!(commit.changes[0].initial);
    for from in [0, 1, first] {
        let mut watching = world.watch(&["/a"], Begin::Revision(from)).await;
        watching.began().await;
        assert_eq!(lines(&watching.commit().await), ["put /a/x 1 (-)"]);
        assert_eq!(lines(&watching.commit().await), ["put /a/x 2 (1)"]);
    }
    world.store.compact(second).await.unwrap();
    let watching = world.watch(&["/a"], Begin::Revision(first)).await;
    assert_eq!(watching.task.await.unwrap().unwrap_err().kind(), Kind::Compacted);
}

#[tokio::test]
async fn a_moved_link_is_the_difference_of_the_views() {
    let world = World::new();
    world.put(&[("/cl-1/h/ip", "1"), ("/cl-1/h/sid", "1"), ("/cl-1/h/old", "1")]).await;
    world.put(&[("/cl-2/h/ip", "2"), ("/cl-2/h/sid", "1"), ("/cl-2/h/new", "1")]).await;
    world.map("host", "/cl-1/h").await;
    let mut watching = world.watch(&["/self/host", "/cl-1/h/ip"], Begin::Now).await;
    assert_eq!(watching.began().await.keys.len(), 4);
    // The link and its new target change in one commit.
    let revision = world
        .put(&[("/_metad/mapping/default/10.0.0.1/host", "/cl-2/h"), ("/cl-2/h/more", "1")])
        .await;
    let commit = watching.commit().await;
    assert_eq!(commit.revision, revision);
    assert_eq!(
        lines(&commit),
        [
            "put /self/host/ip 2 (1)",
            "put /self/host/more 1 (-)",
            "put /self/host/new 1 (-)",
            "delete /self/host/old - (1)"
        ]
    );
    let reals = |commit: &Commit| {
        let text = |change: &Change| change.real_path.as_ref().unwrap().to_string();
        commit.changes.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(reals(&commit), ["/cl-2/h/ip", "/cl-2/h/more", "/cl-2/h/new", "/cl-1/h/old"]);
    world.put(&[("/cl-1/h/sid", "9")]).await;
    world.put(&[("/cl-2/h/sid", "2")]).await;
    assert_eq!(lines(&watching.commit().await), ["put /self/host/sid 2 (1)"]);
    // Without the link nothing is left; with it everything is back.
    world.put(&[("/_metad/mapping/default/10.0.0.1", "")]).await;
    let gone = watching.commit().await;
    assert_eq!((gone.changes.len(), gone.keys), (4, 1));
    world.map("host", "/cl-1/h").await;
    assert_eq!(watching.commit().await.changes.len(), 3);
}

#[tokio::test]
async fn a_cluster_link_is_followed_to_its_next_target() {
    let world = World::new();
    world.put(&[("/cl-1/links/zk", "cl-2"), ("/cl-2/env/p", "1"), ("/cl-3/env/p", "3")]).await;
    let mut watching = world.watch(&["/cl-1/links/zk/env"], Begin::Now).await;
    watching.began().await;
    world.put(&[("/cl-2/env/p", "2")]).await;
    assert_eq!(lines(&watching.commit().await), ["put /cl-1/links/zk/env/p 2 (1)"]);
    world.put(&[("/cl-1/links/zk", "cl-3")]).await;
    assert_eq!(lines(&watching.commit().await), ["put /cl-1/links/zk/env/p 3 (2)"]);
    world.put(&[("/cl-1/links", "")]).await;
    assert_eq!(lines(&watching.commit().await), ["delete /cl-1/links/zk/env/p - (3)"]);
}

#[tokio::test]
async fn after_a_compaction_the_difference_is_told_as_such() {
    let world = World::new();
    world.put(&[("/a/same", "1"), ("/a/gone", "1"), ("/a/other", "1")]).await;
    let mut watching = world.watch(&["/a"], Begin::Now).await;
    let position = watching.began().await;
    watching.task.abort();
    world.put(&[("/a/other", "2"), ("/a/gone", ""), ("/a/same", "x")]).await;
    let last = world.put(&[("/a/new", "1"), ("/a/same", "1")]).await;

    // History is still there: each commit comes.
    let mut watching = world.watch(&["/a"], Begin::After(position.clone())).await;
    assert_eq!(watching.began().await, position);
    assert_eq!(watching.commit().await.changes.len(), 3);
    assert_eq!(watching.commit().await.revision, last);

    // It is not any more: the differing keys come, once each.
    world.store.compact(last).await.unwrap();
    let mut watching = world.watch(&["/a"], Begin::After(position.clone())).await;
    watching.began().await;
    assert_eq!(watching.compared().await, (last, 3));
    let commit = watching.commit().await;
    assert_eq!(lines(&commit), ["delete /a/gone - (-)", "put /a/new 1 (-)", "put /a/other 2 (-)"]);
    assert!(commit.changes.iter().all(|change| change.resync && change.revision == last));
    world.put(&[("/a/new", "2")]).await;
    assert_eq!(lines(&watching.commit().await), ["put /a/new 2 (1)"]);
}

#[tokio::test]
async fn a_position_in_another_store_is_compared() {
    let world = World::new();
    world.put(&[("/a/x", "1"), ("/a/y", "1")]).await;
    let mut watching = world.watch(&["/a"], Begin::Now).await;
    let mut position = watching.began().await;
    // As after a restore: this store has not come that far yet.
    position.revision = 500;
    world.put(&[("/a/x", "2")]).await;
    let mut watching = world.watch(&["/a"], Begin::After(position)).await;
    watching.began().await;
    watching.compared().await;
    assert_eq!(lines(&watching.commit().await), ["put /a/x 2 (-)"]);
}
