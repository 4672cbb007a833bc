//! The embedded store under many processes, some of them killed.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use metactl::error::Kind;
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Store};
use rusqlite::Connection;

use super::sqlite_files::sound;
use crate::store::words::*;
use crate::support::Home;

const ENDPOINT: [&str; 2] = ["--endpoint", "file:store.db"];

fn open(home: &Home) -> Sqlite {
    Sqlite::new(home.path().join("store.db"), Duration::from_secs(20))
}

/// A document that sets many keys to one value.
fn document(home: &Home, value: usize) {
    let lines: String = (0..1_500).map(|key| format!("k{key}: {value}\n")).collect();
    home.file("tree.yaml", lines);
}

#[tokio::test]
async fn killed_writers_lose_nothing_acknowledged_and_leave_no_half() {
    const ROUNDS: usize = 30;
    let home = Home::new();
    let words = [&ENDPOINT[..], &["import", "--at", "/big", "tree.yaml"]].concat();
    document(&home, 0);
    home.run(&words).ok();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut acknowledged, mut killed) = (0, 0);
    // About how long one takes; follows what is seen.
    let mut whole = Duration::from_secs(1);
    for round in 1..=ROUNDS {
        document(&home, round);
        let mut child = home.command(&words).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        let patience = whole.mul_f64(rng.f64());
        while started.elapsed() < patience && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let ended = started.elapsed() < patience;
        whole = if ended { started.elapsed().mul_f64(1.4) } else { whole.mul_f64(1.02) };
        child.kill().unwrap(); // SIGKILL; no error if it has ended
        let done = child.wait().unwrap().success();
        killed += usize::from(!done);
        let pairs = tree(&open(&home), "/big").await;
        let value = |pair: &String| pair.split_once('=').unwrap().1.parse::<usize>().unwrap();
        let values: BTreeSet<_> = pairs.iter().map(value).collect();
        assert_eq!(values.len(), 1, "half of a commit: {values:?}");
        let there = *values.first().unwrap();
        assert!(there == round || (!done && there == acknowledged), "{there} in round {round}");
        acknowledged = there;
    }
    assert!(killed > 0, "nobody was killed");
    println!("{killed} of {ROUNDS} were killed");
    assert_eq!(tree(&open(&home), "/big").await.len(), 1_500);
    sound(&home.path().join("store.db"));
}

#[tokio::test]
async fn eight_processes_write_and_a_watcher_misses_nothing() {
    const EACH: usize = 12;
    let home = Home::new();
    let store = open(&home);
    let start = newest(&store).await;
    // Begins before there is a file.
    let mut watch_all = watch(&store, &["/"], start).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let mut commands: Vec<_> = (0..EACH)
                .map(|number| {
                    let key = format!("/w{writer}/k{}", number % 5);
                    let value = format!("{writer}-{number}");
                    home.command([&ENDPOINT[..], &["put", &key, &value]].concat())
                })
                .collect();
            std::thread::spawn(move || {
                commands.iter_mut().all(|command| command.output().unwrap().status.success())
            })
        })
        .collect();
    let mut heard = Vec::new();
    while heard.len() < 8 * EACH {
        let revised = next(&mut *watch_all).await.unwrap();
        heard.push((revised.revision, told(&revised)));
    }
    assert!(writers.into_iter().all(|writer| writer.join().unwrap()));
    silence(&mut *watch_all).await;
    assert!(heard.is_sorted_by(|one, two| one.0 < two.0));

    // The list of commits, read afterwards.
    let other = open(&home);
    let mut replayed = Vec::new();
    let mut again = watch(&other, &["/"], start).await;
    while replayed.len() < 8 * EACH {
        let revised = next(&mut *again).await.unwrap();
        replayed.push((revised.revision, told(&revised)));
    }
    assert_eq!(heard, replayed);
    let values: BTreeSet<_> =
        heard.iter().map(|(_, told)| told[0].rsplit_once('>').unwrap().1.to_owned()).collect();
    assert_eq!(values.len(), 8 * EACH, "every put was told");
}

#[tokio::test]
async fn a_lock_that_is_kept_too_long_is_unavailable() {
    let home = Home::new();
    let file = home.path().join("store.db");
    let store = Sqlite::new(&file, Duration::from_millis(300));
    let first = put(&store, &["/a=1"]).await;
    let mut running = watch(&store, &["/"], first).await;
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = try_commit(&store, vec![], puts(&["/a=2"])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    assert!(error.can_retry() && error.message().contains("locked"), "{error}");
    // Readers and watchers do not mind.
    assert_eq!(tree_at(&store, "/", At::Latest).await.unwrap(), ["/a=1"]);
    silence(&mut *running).await;
    other.execute_batch("ROLLBACK").unwrap();
    let second = put(&store, &["/a=2"]).await;
    assert_eq!(next(&mut *running).await.unwrap().revision, second);
}

#[tokio::test]
async fn a_watch_without_its_bell_looks_by_itself() {
    let home = Home::new();
    let (store, writer) = (open(&home), open(&home));
    let first = put(&writer, &["/a=1"]).await;
    let mut running = watch(&store, &["/"], first).await;
    silence(&mut *running).await;
    let bell = home.path().join("store.db-rev");
    for round in 0..4 {
        std::fs::remove_file(&bell).unwrap();
        let revision = put(&writer, &[&format!("/a=after {round}")]).await;
        assert_eq!(next(&mut *running).await.unwrap().revision, revision);
        assert!(bell.exists(), "the next commit makes it anew");
    }
    assert_eq!(store.status().await.unwrap().revision, newest(&writer).await);
}
