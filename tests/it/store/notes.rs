//! Who made a commit, and what it touched.

use metactl::error::Kind;
use metactl::store::commit::MAX_NOTED_PATHS;
use metactl::store::{Changes, Commit, Note, Outcome};

use super::rooms::Room;
use super::words::*;

pub async fn a_note_is_kept_with_its_commit(room: &dyn Room) {
    let store = room.open().await;
    let before = put(&*store, &["/a=1", "/b=1"]).await;
    let note = Note {
        actor: "ann@host".to_owned(),
        command: "put /a".to_owned(),
        operation: "0123456789abcdef".to_owned(),
    };
    let mut changes = puts(&["/a=secret", "/b=1"]);
    changes.delete(&path("/nothing"));
    let commit = Commit { guards: vec![], changes, note: note.clone() };
    let revision = store.commit(&commit).await.unwrap().revision;

    let mut watch = watch(&*store, &["/"], before).await;
    let revised = next(&mut *watch).await.unwrap();
    assert_eq!(revised.revision, revision);
    let logged = revised.note.unwrap();
    assert_eq!(logged.note, note);
    assert_eq!(logged.paths, [path("/a")]);
    assert_eq!(logged.more, 0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let age = now.as_millis() as i64 - logged.time_ms;
    assert!((0..60_000).contains(&age), "{age} ms old");
    assert!(!serde_json::to_string(&logged).unwrap().contains("secret"));
}

pub async fn many_paths_become_a_count(room: &dyn Room) {
    let store = room.open().await;
    let before = put(&*store, &["/m/k050=v", "/zz=v"]).await;
    let mut changes = Changes::new();
    (0..100).for_each(|index| changes.put(&path(&format!("/m/k{index:03}")), "v"));
    changes.delete(&path("/zz"));
    commit(&*store, changes, 100).await;
    let mut watch = watch(&*store, &["/"], before).await;
    let logged = next(&mut *watch).await.unwrap().note.unwrap();
    assert_eq!((logged.paths.len(), logged.more), (MAX_NOTED_PATHS, 100 - MAX_NOTED_PATHS));
    // In bytewise order; what did not change is not among them.
    assert_eq!(logged.paths[49..51], [path("/m/k049"), path("/m/k051")]);
}

pub async fn a_commit_is_found_by_its_operation(room: &dyn Room) {
    let (store, other) = (room.open().await, room.open().await);
    let before = put(&*store, &["/a=1"]).await;
    let note = Note { operation: "op-of-mine".to_owned(), ..Note::default() };
    let mut changes = Changes::new();
    (0..100).for_each(|index| changes.put(&path(&format!("/m/k{index:03}")), "v"));
    let commit = Commit { guards: vec![], changes, note };
    let made: Outcome = store.commit(&commit).await.unwrap();
    let after = put(&*store, &["/a=2"]).await;
    let newest = put(&*store, &["/a=3"]).await;
    assert_eq!(other.made("op-of-mine", before).await.unwrap(), Some(made));
    assert_eq!(other.made("op-of-mine", made.revision).await.unwrap(), None, "not after itself");
    assert_eq!(other.made("op-of-others", before).await.unwrap(), None);
    store.compact(newest).await.unwrap();
    refused(other.made("op-of-others", before).await, Kind::Compacted);
    assert_eq!(other.made("op-of-others", newest).await.unwrap(), None);
    assert!(after < newest);
}
