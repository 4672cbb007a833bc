//! What the cases say again and again.

use std::time::Duration;

use metactl::error::{Kind, Result};
use metactl::model::path::Path;
use metactl::store::reading::{self, Entry};
use metactl::store::{
    At, Changes, Commit, Event, Guard, Note, Outcome, Revised, Revision, Store, Watch, What,
};

/// How long an event may take that is certain to come.
pub const SOON: Duration = Duration::from_secs(30);
/// How long silence is listened to.
pub const SILENCE: Duration = Duration::from_millis(400);

pub fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

/// Puts of `path=value`.
pub fn puts(pairs: &[&str]) -> Changes {
    let mut changes = Changes::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap();
        changes.put(&path(name), value);
    }
    changes
}

/// The deletion of single keys.
pub fn deletes(keys: &[&str]) -> Changes {
    let mut changes = Changes::new();
    keys.iter().for_each(|key| changes.delete(&path(key)));
    changes
}

/// The deletion of a subtree, and puts.
pub fn replaces(top: &str, pairs: &[&str]) -> Changes {
    let mut changes = puts(pairs);
    changes.delete_tree(&path(top));
    changes
}

pub async fn try_commit(
    store: &dyn Store,
    guards: Vec<Guard>,
    changes: Changes,
) -> Result<Outcome> {
    let note = Note {
        actor: "tester@here".to_owned(),
        command: "case".to_owned(),
        operation: format!("{:016x}", fastrand::u64(..)),
    };
    store.commit(&Commit { guards, changes, note }).await
}

/// A commit that changes `changed` keys.
pub async fn commit(store: &dyn Store, changes: Changes, changed: usize) -> Revision {
    let outcome = try_commit(store, Vec::new(), changes).await.unwrap();
    assert_eq!(outcome.changed, changed, "keys changed");
    outcome.revision
}

/// Puts keys that are all new or different.
pub async fn put(store: &dyn Store, pairs: &[&str]) -> Revision {
    commit(store, puts(pairs), pairs.len()).await
}

/// Asserts the kind of a failure and gives its sentence.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>, kind: Kind) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error.message().to_owned()
}

pub async fn entry(store: &dyn Store, key: &str) -> Option<Entry> {
    reading::get(store, &path(key), At::Latest).await.unwrap().1
}

pub async fn value(store: &dyn Store, key: &str) -> Option<String> {
    entry(store, key).await.map(|entry| entry.value)
}

/// A subtree as `path=value`.
pub async fn tree_at(store: &dyn Store, top: &str, at: At) -> Result<Vec<String>> {
    let (revision, entries) = reading::collect(store, &[What::Subtree(path(top))], at).await?;
    if let At::Revision(asked) = at {
        assert_eq!(revision, asked);
    }
    Ok(entries.iter().map(|entry| format!("{}={}", entry.path, entry.value)).collect())
}

pub async fn tree(store: &dyn Store, top: &str) -> Vec<String> {
    tree_at(store, top, At::Latest).await.unwrap()
}

/// The store's newest revision.
pub async fn newest(store: &dyn Store) -> Revision {
    store.read(&[], At::Latest, &mut |_| Ok(())).await.unwrap()
}

pub async fn watch(store: &dyn Store, tops: &[&str], after: Revision) -> Box<dyn Watch> {
    let tops: Vec<_> = tops.iter().map(|top| path(top)).collect();
    store.watch(&tops, after).await.unwrap()
}

/// The next commit that is told.
pub async fn next(watch: &mut dyn Watch) -> Result<Revised> {
    loop {
        let event = tokio::time::timeout(SOON, watch.next()).await.expect("nothing was told");
        if let Event::Commit(revised) = event? {
            return Ok(revised);
        }
    }
}

/// Asserts that nothing is told for a while.
pub async fn silence(watch: &mut dyn Watch) {
    let told = tokio::time::timeout(SILENCE, watch.next()).await;
    assert!(told.is_err(), "told {told:?}");
}

/// The changes of a commit as `path:before>after`, `-` for what is not there.
pub fn told(revised: &Revised) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let change = |change: &metactl::store::Changed| {
        format!("{}:{}>{}", change.path, text(&change.previous), text(&change.value))
    };
    revised.changes.iter().map(change).collect()
}
