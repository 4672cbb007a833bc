//! A watch on etcds that are killed, that elect, that forget.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metactl::store::Store;
use rustix::process::Signal;

use super::watch::{Writer, compare, lines_until, present, replay};
use crate::support::etcd::Etcd;
use crate::support::{Home, Running};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Writers at work and a watch, while `disturb` does what it does.
fn nothing_is_missed(etcd: &Etcd, disturb: impl FnOnce(&Running)) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let home = Arc::new(Home::new());
    let endpoint = ["--endpoint".to_owned(), etcd.endpoint()];
    let words = ["watch", "--initial", "-o", "json", "/w"].map(str::to_owned);
    home.run(["put", "/w/begin", "1"].map(str::to_owned).iter().chain(&endpoint)).ok();
    let watch = Running::start(home.command(words.iter().chain(&endpoint)));
    let mut lines = lines_until(&watch, "/w/begin");
    let enough = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|number| Writer::start(&home, &endpoint, number, seed, usize::MAX, &enough))
        .collect();
    disturb(&watch);
    enough.store(true, Ordering::SeqCst);
    let tried: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    home.run(["put", "/w/end", "1"].map(str::to_owned).iter().chain(&endpoint)).ok();
    let mut later = lines_until(&watch, "/w/end");
    let end = later.pop().unwrap();
    println!("{} commits, {} lines", tried.len(), later.len());
    compare(&tried, &later);
    lines.append(&mut later);
    lines.push(end);
    assert_eq!(replay(&lines), present(&home, &endpoint));
}

/// Waits until all together have made that many more commits.
fn let_them_write(etcd: &Etcd, commits: u64) {
    let revision = || block_on(async { etcd.store().status().await.unwrap().revision });
    let enough = revision() + commits;
    while revision() < enough {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn nothing_is_missed_while_its_etcd_is_killed() {
    let etcd = Etcd::start();
    nothing_is_missed(&etcd, |watch| {
        for _ in 0..3 {
            let_them_write(&etcd, 20);
            etcd.member(0).kill();
            watch.says("the store does not answer");
            etcd.member(0).restart();
            watch.says("the store answers again");
        }
        let_them_write(&etcd, 20);
    });
}

#[test]
fn nothing_is_missed_while_the_leader_changes() {
    let etcd = Etcd::start_three();
    nothing_is_missed(&etcd, |_| {
        for _ in 0..2 {
            let_them_write(&etcd, 20);
            let leader = leader(&etcd);
            etcd.member(leader).kill();
            let_them_write(&etcd, 20);
            etcd.member(leader).restart();
        }
        let_them_write(&etcd, 20);
    });
}

#[test]
fn an_etcd_that_stays_away_ends_the_watch_that_asks_for_it() {
    let etcd = Etcd::start();
    let home = Home::new();
    let words = ["watch", "--initial", "--cursor", "c", "--stale-after", "1s", "/w", "--endpoint"];
    let endpoint = etcd.endpoint();
    home.run(["put", "/w/a", "1", "--endpoint", &endpoint]).ok();
    let watch = Running::start(home.command(words.iter().chain([&endpoint.as_str()])));
    assert_eq!(watch.line(), "put\t/w/a\t1");
    etcd.member(0).kill();
    let (code, rest, said) = watch.end();
    assert_eq!((code, rest), (5, vec![]), "{said:?}");
    assert!(said[0].starts_with("warning: the store does not answer"), "{said:?}");
    assert!(said.contains(&"error: watching: the store has been away for 1 s".to_owned()));
    // Nothing is lost by it.
    etcd.member(0).restart();
    home.run(["put", "/w/a", "2", "--endpoint", &endpoint]).ok();
    let watch = Running::start(home.command(words.iter().chain([&endpoint.as_str()])));
    assert_eq!(watch.line(), "put\t/w/a\t2");
}

/// Which of the members leads.
fn leader(etcd: &Etcd) -> usize {
    loop {
        let status = block_on(async { etcd.store().status().await.unwrap() });
        if let Some(leader) = status.members.iter().position(|member| member.leader) {
            return leader;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_compaction_behind_its_back_is_told_as_the_difference() {
    let etcd = Etcd::start();
    let home = Home::new();
    let endpoint = ["--endpoint".to_owned(), etcd.endpoint()];
    let run = |words: &[&str]| {
        home.run(words.iter().copied().map(str::to_owned).chain(endpoint.iter().cloned())).ok()
    };
    for key in ["changed", "gone", "same", "z"] {
        run(&["put", &format!("/w/{key}"), "1"]);
    }
    let words = ["watch", "--initial", "-o", "json", "/w"].map(str::to_owned);
    let watch = Running::start(home.command(words.iter().chain(&endpoint)));
    let mut lines = lines_until(&watch, "/w/z");

    // What was on its way to the frozen watch is gone with its connection.
    watch.signal(Signal::STOP);
    etcd.member(0).kill();
    etcd.member(0).restart();
    run(&["put", "/w/changed", "2"]);
    run(&["put", "/w/same", "2"]);
    run(&["put", "/w/new", "1"]);
    run(&["rm", "/w/gone"]);
    run(&["put", "/w/same", "1"]);
    let after = present(&home, &endpoint);
    block_on(async {
        let store = etcd.store();
        let newest = store.status().await.unwrap().revision;
        store.compact(newest).await.unwrap();
    });
    watch.signal(Signal::CONT);

    watch.says("history does not reach back");
    let told: Vec<_> = (0..3).map(|_| watch.line()).collect();
    run(&["put", "/w/end", "1"]);
    let end = lines_until(&watch, "/w/end");
    assert_eq!((end.len(), end[0].resync), (1, false), "{end:?}");
    lines.extend(told.iter().map(|line| serde_json::from_str(line).unwrap()));
    let resynced: Vec<_> =
        lines.iter().filter(|line| line.resync).map(|line| line.path.as_str()).collect();
    assert_eq!(resynced, ["/w/changed", "/w/gone", "/w/new"]);
    assert_eq!(replay(&lines), after);
}
