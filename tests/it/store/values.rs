//! Values and paths of any content.

use metactl::store::At;
use metactl::store::reading::collect;

use super::rooms::Room;
use super::words::*;

const STRANGE: [&str; 10] = [
    "",
    "\0",
    "nul\0inside\0",
    "a\nb\r\n\tc\\",
    "'quotes' \"both\" `ticks` $HOME",
    "--leading",
    "-",
    "𝄞 🦀 e\u{301} \u{fffd} \u{feff}",
    "\u{7f}\u{85}\u{2028}\u{1b}[31m",
    " spaces \n",
];

pub async fn any_text_survives(room: &dyn Room) {
    let store = room.open().await;
    let mut changes = metactl::store::Changes::new();
    for (index, value) in STRANGE.iter().enumerate() {
        changes.put(&path(&format!("/v/{index}")), value);
    }
    let before = newest(&*store).await;
    let revision = commit(&*store, changes, STRANGE.len()).await;
    put(&*store, &["/v/0=changed"]).await;
    let what = [metactl::store::What::Subtree(path("/v"))];
    let (_, entries) = collect(&*store, &what, At::Revision(revision)).await.unwrap();
    let read: Vec<_> = entries.iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(read, STRANGE);
    assert_eq!(value(&*store, "/v/2").await.as_deref(), Some(STRANGE[2]));

    let mut watch = watch(&*store, &["/v"], before).await;
    let revised = next(&mut *watch).await.unwrap();
    let told: Vec<_> = revised.changes.iter().map(|change| change.value.as_deref()).collect();
    assert_eq!(told, STRANGE.map(Some));
}

pub async fn a_large_value_survives(room: &dyn Room) {
    let store = room.open().await;
    // 1 MiB, not one character of it a single byte.
    let large = "ä𝄞".repeat((1 << 20) / 6);
    let mut changes = puts(&["/small=1"]);
    changes.put(&path("/large"), &large);
    let before = newest(&*store).await;
    let revision = commit(&*store, changes, 2).await;
    assert!(value(&*store, "/large").await.as_ref() == Some(&large));
    put(&*store, &["/large=short"]).await;
    let what = [metactl::store::What::Key(path("/large"))];
    let (_, old) = collect(&*store, &what, At::Revision(revision)).await.unwrap();
    assert!(old[0].value == large);
    let mut watch = watch(&*store, &["/large"], before).await;
    assert!(next(&mut *watch).await.unwrap().changes[0].value.as_ref() == Some(&large));
    assert!(next(&mut *watch).await.unwrap().changes[0].previous.as_ref() == Some(&large));
}

pub async fn paths_of_any_script(room: &dyn Room) {
    let store = room.open().await;
    let long = format!("/long/{}=1", "x".repeat(4000));
    let pairs = ["/%25/_/*/?[a]=1", "/a b/c  d=1", long.as_str(), "/日本/🦀=1"];
    put(&*store, &pairs).await;
    assert_eq!(tree(&*store, "/").await, pairs);
    assert_eq!(tree(&*store, "/%25/_").await, [pairs[0]]);
    assert_eq!(tree(&*store, "/%25/x").await, [""; 0]);
    commit(&*store, deletes(&["/日本/🦀"]), 1).await;
    assert_eq!(value(&*store, "/日本/🦀").await, None);
}
