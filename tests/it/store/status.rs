//! How a store says it is doing.

use super::rooms::Room;
use super::words::*;

pub async fn it_says_how_the_store_is(room: &dyn Room) {
    let store = room.open().await;
    let empty = store.status().await.unwrap();
    assert_eq!(empty.endpoint, store.place());
    assert!(empty.oldest <= empty.revision);
    let revision = put(&*store, &["/a=1", "/b=2", "/c=3"]).await;
    commit(&*store, deletes(&["/b"]), 1).await;
    let status = store.status().await.unwrap();
    assert!(status.revision > revision);
    assert!(status.keys >= empty.keys + 2, "{status:?}");
    assert!(status.size > 0 && !status.version.is_empty() && !status.kind.is_empty());
    assert!(status.members.iter().all(|member| member.healthy), "{status:?}");
}
