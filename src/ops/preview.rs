//! What a commit would do, before it is made.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::difference::Difference;
use crate::model::path::Path;
use crate::model::schema;
use crate::ops::view::View;
use crate::store::{At, Changes, Revision, Store, What, reading};

/// The difference that `changes` would make to the tree as it is at `at`, and
/// the revision it is true at. Only what the changes are about is read.
///
/// Errors are those of a read; whether a commit of the changes would be taken
/// is not found out.
pub async fn preview(
    store: &dyn Store,
    changes: &Changes,
    at: At,
) -> Result<(Revision, Difference)> {
    let mut puts = BTreeMap::new();
    changes.each_put(|path, value, _| {
        puts.extend(Path::from_stored(path).map(|path| (path, value.to_owned())));
    });
    let trees = changes.deleted_trees();
    let in_a_tree = |path: &Path| trees.iter().any(|top| top.contains(path));
    let keys = puts.keys().chain(changes.deleted());
    let keys = keys.filter(|path| !in_a_tree(path)).cloned().map(What::Key);
    let what: Vec<What> = trees.iter().cloned().map(What::Subtree).chain(keys).collect();
    let (revision, entries) = reading::collect(store, &what, at).await?;
    let there = entries.into_iter().map(|entry| (entry.path, entry.value)).collect();
    Ok((revision, Difference::of(there, puts, changes.deleted(), trees)))
}

/// Whether a leaf may hold a secret, as far as the schema and its name tell:
/// for what is shown of a difference at a glance.
pub fn is_secret(view: &View, path: &Path) -> bool {
    let named = path.name().is_some_and(schema::sounds_secret);
    let found = schema::find(path, &view.scope().cluster_root);
    found.is_some_and(|found| found.key.secret || named && schema::is_parameter(found.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Commit;
    use crate::store::memory::Memory;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_preview_is_what_the_commit_then_does() {
        let store = Memory::new();
        let mut before = Changes::new();
        for (text, value) in [("/a/x", "1"), ("/a/y", "2"), ("/b", "3"), ("/c", "4")] {
            before.put(&path(text), value);
        }
        let made = store.commit(&Commit { changes: before, ..Commit::default() }).await.unwrap();
        let mut changes = Changes::new();
        changes.delete_tree(&path("/a"));
        changes.put(&path("/a/y"), "2");
        changes.put(&path("/c"), "5");
        changes.put(&path("/d"), "6");
        changes.delete(&path("/b"));
        changes.delete(&path("/nothing"));
        let (revision, difference) = preview(&store, &changes, At::Latest).await.unwrap();
        assert_eq!(revision, made.revision);
        let json = serde_json::to_value(&difference).unwrap();
        let expected = serde_json::json!([
            {"path": "/a/x", "was": "1", "now": null},
            {"path": "/b", "was": "3", "now": null},
            {"path": "/c", "was": "4", "now": "5"},
            {"path": "/d", "was": null, "now": "6"},
        ]);
        assert_eq!(json, expected);
    }
}
