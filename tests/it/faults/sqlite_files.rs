//! The embedded store on files that are not its own, full or out of reach.

use std::fs;
use std::path::Path as File;
use std::process::Stdio;
use std::time::Duration;

use metactl::error::Kind;
use metactl::store::sqlite::{Keep, Sqlite};
use metactl::store::{At, Changes, Store};
use rusqlite::Connection;

use crate::store::words::*;
use crate::support::Home;

fn open(file: &File) -> Sqlite {
    Sqlite::new(file, Duration::from_millis(300))
}

/// Reading and writing are refused alike, and the file stays as it was, byte for byte.
async fn untouched(file: &File, kind: Kind, word: &str) {
    let before = fs::read(file).unwrap();
    let store = open(file);
    let read = tree_at(&store, "/", At::Latest).await;
    let written = try_commit(&store, vec![], puts(&["/a=1"])).await;
    for sentence in [refused(read, kind), refused(written, kind)] {
        assert!(sentence.contains(word), "{sentence}");
        assert!(sentence.contains(file.to_str().unwrap()), "{sentence}");
    }
    drop(store);
    assert!(fs::read(file).unwrap() == before, "the file has changed");
}

#[tokio::test]
async fn a_file_of_something_else_is_left_alone() {
    let home = Home::new();
    let text = home.file("notes.txt", "not a database\n".repeat(1000));
    untouched(&text, Kind::Invalid, "no metactl store").await;

    let other = home.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE meta(revision)").unwrap();
    untouched(&other, Kind::Invalid, "of something else").await;

    let marked = home.path().join("marked.db");
    Connection::open(&marked).unwrap().pragma_update(None, "application_id", 7).unwrap();
    untouched(&marked, Kind::Invalid, "of something else").await;
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let home = Home::new();
    let file = home.path().join("newer.db");
    put(&open(&file), &["/a=1"]).await;
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 2).unwrap();
    untouched(&file, Kind::Unsupported, "written by a newer metactl").await;
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be_damaged() {
    let home = Home::new();
    let file = home.path().join("damaged.db");
    put(&open(&file), &["/a=1", "/b=2"]).await;
    let mut bytes = fs::read(&file).unwrap();
    bytes[4096..].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let sentence = refused(tree_at(&open(&file), "/", At::Latest).await, Kind::Invalid);
    assert!(sentence.contains("damaged"), "{sentence}");
}

#[tokio::test]
async fn an_empty_file_is_an_empty_store() {
    let home = Home::new();
    let file = home.file("empty.db", "");
    assert_eq!(tree(&open(&file), "/").await, [""; 0]);
    assert_eq!(fs::metadata(&file).unwrap().len(), 0, "reading writes nothing");
    put(&open(&file), &["/a=1"]).await;
    assert_eq!(tree(&open(&file), "/").await, ["/a=1"]);
}

#[tokio::test]
async fn reading_makes_no_file() {
    let home = Home::new();
    let file = home.path().join("below/store.db");
    let store = open(&file);
    assert_eq!(tree(&store, "/").await, [""; 0]);
    store.names(&path("/"), At::Latest).await.unwrap();
    let status = store.status().await.unwrap();
    store.compact(status.revision).await.unwrap();
    silence(&mut *watch(&store, &["/"], 0).await).await;
    assert!(!file.parent().unwrap().exists());
}

#[tokio::test]
async fn a_place_where_nothing_can_be_written() {
    let home = Home::new();
    let below_a_file = home.file("file", "x").join("store.db");
    // No permission bit stops root; there, nobody creates a file.
    for file in [below_a_file.as_path(), File::new("/proc/self/store.db")] {
        let written = try_commit(&open(file), vec![], puts(&["/a=1"])).await.unwrap_err();
        assert!(written.message().contains("opening"), "{written}");
        assert!(!written.causes().is_empty(), "{written}");
    }
    let written = try_commit(&open(home.path()), vec![], puts(&["/a=1"])).await;
    let sentence = refused(written, Kind::Invalid);
    assert!(sentence.contains("is a directory"), "{sentence}");
    refused(tree_at(&open(&below_a_file), "/", At::Latest).await, Kind::Failed);
}

#[tokio::test]
async fn a_full_disk_leaves_everything_as_it_was() {
    let home = Home::new();
    let file = home.path().join("store.db");
    let pages = Some(200);
    let store = Sqlite::with(&file, Duration::from_secs(5), Keep::default(), pages);
    let revision = put(&store, &["/small=1", "/big/k0=1"]).await;
    let mut changes = Changes::new();
    (0..400).for_each(|index| changes.put(&path(&format!("/big/k{index}")), &"x".repeat(4000)));
    let sentence = refused(try_commit(&store, vec![], changes).await, Kind::Failed);
    assert!(sentence.contains("the disk is full; nothing was changed"), "{sentence}");
    assert_eq!(tree(&store, "/").await, ["/big/k0=1", "/small=1"]);
    assert!(put(&store, &["/small=2"]).await > revision);
    sound(&file);
}

#[tokio::test]
async fn a_limit_on_the_size_of_files_leaves_everything_as_it_was() {
    let home = Home::new();
    let file = home.path().join("store.db");
    let store = open(&file);
    let before = put(&store, &["/small=1"]).await;
    drop(store);
    let line = format!("k: {}\n", "x".repeat(4000));
    let document: String = (0..500).map(|index| format!("{index}{line}")).collect();
    home.file("big.yaml", document);
    // A process that ignores the signal is told by the failing write instead.
    let limited = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" --endpoint file:store.db import --at /big big.yaml";
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_metactl")]).env_clear();
    command.env("HOME", home.path()).current_dir(home.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
    let store = open(&file);
    assert_eq!(newest(&store).await, before);
    assert_eq!(tree(&store, "/").await, ["/small=1"]);
    put(&store, &["/small=2"]).await;
    sound(&file);
}

/// SQLite's own check of the whole file.
pub fn sound(file: &File) {
    let connection = Connection::open(file).unwrap();
    let check = "PRAGMA integrity_check";
    let answer: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
    assert_eq!(answer, "ok");
}
