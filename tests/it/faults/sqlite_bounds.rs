//! What the embedded store keeps, and what it costs to forget the rest.

use std::time::{Duration, Instant};

use metactl::error::Kind;
use metactl::store::sqlite::{Keep, Sqlite};
use metactl::store::{At, Changes, Store};

use crate::store::words::*;
use crate::support::Home;

fn keeping(home: &Home, revisions: u64, age: Duration) -> Sqlite {
    let keep = Keep { revisions, age };
    Sqlite::with(home.path().join("store.db"), Duration::from_secs(20), keep, None)
}

const LONG: Duration = Duration::from_secs(1_000_000);

#[tokio::test]
async fn the_file_stops_growing() {
    let home = Home::new();
    let store = keeping(&home, 100, LONG);
    let mut sizes = Vec::new();
    for round in 0..3 {
        for number in 0..300 {
            // Some keys change, others come and go.
            let text = "x".repeat(200);
            let mut changes = puts(&[&format!("/churn/k{}={round}-{number}-{text}", number % 7)]);
            changes.put(&path(&format!("/passing/{round}-{number}")), &text);
            let (before, of) = if number == 0 { (299, round - 1) } else { (number - 1, round) };
            changes.delete(&path(&format!("/passing/{of}-{before}")));
            try_commit(&store, vec![], changes).await.unwrap();
        }
        sizes.push(store.status().await.unwrap().size);
    }
    assert!(sizes[2] * 10 <= sizes[1] * 11, "{sizes:?}");
    let status = store.status().await.unwrap();
    assert_eq!(status.oldest, status.revision - 100);
    tree_at(&store, "/", At::Revision(status.oldest)).await.unwrap();
    refused(tree_at(&store, "/", At::Revision(status.oldest - 1)).await, Kind::Compacted);
}

#[tokio::test]
async fn old_history_is_forgotten_by_age() {
    let home = Home::new();
    let store = keeping(&home, 1_000_000, Duration::ZERO);
    let mut revisions = Vec::new();
    for round in 0..20 {
        revisions.push(put(&store, &[&format!("/a={round}")]).await);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The last but one is too old by now; the last one too, if its commit took a while.
    let oldest = store.status().await.unwrap().oldest;
    assert!(revisions[18..].contains(&oldest), "{oldest} of {revisions:?}");
    let round = revisions.iter().position(|revision| *revision == oldest).unwrap();
    let left = tree_at(&store, "/", At::Revision(oldest)).await.unwrap();
    assert_eq!(left, [format!("/a={round}")]);
}

#[tokio::test]
async fn writers_go_on_beside_a_large_compaction() {
    let home = Home::new();
    let (store, writer) = (keeping(&home, 1_000_000, LONG), keeping(&home, 1_000_000, LONG));
    for round in 0..4 {
        let mut changes = Changes::new();
        for key in 0..5_000 {
            changes.put(&path(&format!("/big/k{key:04}")), &format!("{round}"));
        }
        commit(&store, changes, 5_000).await;
    }
    let newest = newest(&store).await;
    let mut waits = Vec::new();
    let write = async {
        loop {
            let started = Instant::now();
            put(&writer, &[&format!("/beside={}", waits.len())]).await;
            waits.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = write => unreachable!(),
        done = store.compact(newest) => done.unwrap(),
    }
    waits.sort_unstable();
    println!("{} commits beside it, median {:?}", waits.len(), waits[waits.len() / 2]);
    assert!(waits.len() > 10, "{waits:?}");
    assert!(*waits.last().unwrap() < Duration::from_secs(2), "{waits:?}");
    assert_eq!(tree(&store, "/big").await.len(), 5_000);
    refused(tree_at(&store, "/", At::Revision(newest - 1)).await, Kind::Compacted);
}
