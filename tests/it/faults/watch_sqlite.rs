//! A watch on a file that many processes write, and whose history goes away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metactl::model::path::Path;
use metactl::store::sqlite::Sqlite;
use metactl::store::{Changes, Commit, Store};
use rustix::process::Signal;

use super::watch::{Line, Writer, compare, lines_until, present, replay};
use crate::support::{Home, Running};

#[test]
fn eight_processes_write_and_nothing_is_missed() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let home = Arc::new(Home::new());
    let watch = Running::start(home.command(["watch", "--rev", "1", "-o", "json", "/w"]));
    let never = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..8).map(|number| Writer::start(&home, &[], number, seed, 25, &never)).collect();
    let tried: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    assert!(tried.iter().all(|tried| tried.revision.is_some()), "a writer was refused");
    home.run(["put", "/w/end", "1"]).ok();
    let mut lines = lines_until(&watch, "/w/end");
    assert_eq!(replay(&lines), present(&home, &[]));
    lines.pop();
    compare(&tried, &lines);
}

#[test]
fn a_watch_that_is_killed_again_and_again_tells_everything_at_least_once() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Arc::new(Home::new());
    home.run(["put", "/w/begin", "1"]).ok();
    let words = ["watch", "--rev", "1", "--cursor", "c", "-o", "json", "/w"];
    let enough = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..2).map(|number| Writer::start(&home, &[], number, seed, usize::MAX, &enough)).collect();
    let mut lines = Vec::new();
    for _ in 0..8 {
        let watch = Running::start(home.command(words));
        lines.extend((0..random.usize(1..8)).map(|_| watch.line()));
        watch.signal(Signal::KILL);
        // What it has written before its end counts as told.
        lines.extend(watch.end().1);
    }
    enough.store(true, Ordering::SeqCst);
    let tried: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    home.run(["put", "/w/end", "1"]).ok();
    let watch = Running::start(home.command(words));
    let mut rest = lines_until(&watch, "/w/end");
    rest.pop();
    let killed = lines.iter().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    // Again is allowed, out of order is not: the first telling of each is compared.
    let mut all: Vec<Line> = Vec::new();
    for line in killed.chain(rest) {
        let is_told =
            all.iter().any(|told| told.revision == line.revision && told.path == line.path);
        if !is_told {
            all.push(line);
        }
    }
    assert_eq!(all.remove(0).path, "/w/begin");
    assert!(all.is_sorted_by_key(|line| line.revision));
    compare(&tried, &all);
}

#[test]
fn a_watch_that_was_frozen_over_a_compaction_tells_the_difference() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Home::new();
    let file = home.path().join("store.db");
    let endpoint = ["--endpoint".to_owned(), format!("file:{}", file.display())];
    let store = Sqlite::new(&file, Duration::from_secs(10));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let commit = |key: &str, value: Option<&str>| {
        let mut changes = Changes::new();
        let path = Path::parse(key).unwrap();
        match value {
            Some(value) => changes.put(&path, value),
            None => changes.delete(&path),
        }
        let commit = Commit { changes, ..Commit::default() };
        runtime.block_on(store.commit(&commit)).unwrap().revision
    };
    for key in 0..20 {
        commit(&format!("/w/{key}"), Some("start"));
    }
    let words = ["watch", "--initial", "-o", "json", "/w"].map(str::to_owned);
    let watch = Running::start(home.command(words.iter().chain(&endpoint)));
    let mut lines = lines_until(&watch, "/w/9");
    let before = replay(&lines);

    watch.signal(Signal::STOP);
    let mut newest = 0;
    for step in 0..200 {
        let key = format!("/w/{}", random.u8(..30));
        match random.u8(..4) {
            0 => newest = commit(&key, None).max(newest),
            1 => newest = commit(&key, Some("start")).max(newest),
            _ => newest = commit(&key, Some(&step.to_string())).max(newest),
        }
    }
    let after = present(&home, &endpoint);
    runtime.block_on(store.compact(newest)).unwrap();
    watch.signal(Signal::CONT);

    commit("/w/end", Some("1"));
    let mut later = lines_until(&watch, "/w/end");
    later.pop();
    let differing = |path: &&String| before.get(*path) != after.get(*path);
    let expected: BTreeMap<_, _> = before
        .keys()
        .chain(after.keys())
        .filter(differing)
        .map(|path| (path.clone(), after.get(path).cloned()))
        .collect();
    let told: BTreeMap<_, _> =
        later.iter().map(|line| (line.path.clone(), line.value.clone())).collect();
    assert_eq!(told, expected);
    assert_eq!(later.len(), expected.len(), "a key was told twice");
    assert!(later.iter().all(|line| line.resync), "{later:?}");
    lines.append(&mut later);
    assert_eq!(replay(&lines), after);
    watch.says("history does not reach back");
}
