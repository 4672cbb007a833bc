//! Two replicas behind a round-robin: one is killed and started again and
//! again, the other one has a slow line to its store.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::grounds::{Grounds, NODE, long, version};
use crate::store::words::put;
use crate::support::etcd::Lent;
use crate::support::http::{Answer, Client};
use crate::support::line::Line;

const CLIENTS: usize = 6;
const PATH: &str = "/self/env/number";

/// Where the replicas are, taken in turns.
struct Balancer {
    replicas: Mutex<[SocketAddr; 2]>,
    turn: AtomicUsize,
}

impl Balancer {
    fn next(&self) -> SocketAddr {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.replicas.lock().unwrap()[turn % 2]
    }

    /// One request over a connection of its own, to whoever's turn it is; asked
    /// again of the next one when it is cut off.
    fn get(&self, path: &str) -> Answer {
        loop {
            let answer = Client::try_from(NODE, self.next())
                .and_then(|mut client| client.try_get(path, &[]))
                .filter(|answer| answer.status == 200);
            match answer {
                Some(answer) => return answer,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

/// What one client was told: the version each poll was sent with, the version
/// and the number of its answer.
type Told = Vec<(u64, u64, usize)>;

fn follow(balancer: &Balancer, last: usize) -> Told {
    let number = |answer: &Answer| answer.text().parse::<usize>().unwrap();
    let first = balancer.get(PATH);
    let mut told = vec![(0, version(&first), number(&first))];
    while told.last().is_some_and(|(_, _, number)| *number < last) {
        let since = told.last().unwrap().1;
        let answer = balancer.get(&format!("{PATH}?wait=true&prev_version={since}"));
        told.push((since, version(&answer), number(&answer)));
    }
    told
}

#[track_caller]
fn check(told: &Told, revisions: &[u64], restarts: usize) {
    let mut instant = 0;
    for (since, version, number) in told {
        assert!(version >= since, "an older answer to a poll: {version} after {since}");
        let newest = revisions.partition_point(|revision| revision <= version);
        assert_eq!(newest, *number, "at version {version}");
    }
    for pair in told.windows(2) {
        // Answered without news: a replica that has begun anew cannot compare.
        instant += usize::from(pair[0].2 == pair[1].2);
    }
    assert!(instant <= restarts, "{instant} answers without news, {restarts} restarts: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_and_no_poll_gets_an_older_answer() {
    let etcd = Lent::take().await;
    let grounds = Grounds::etcd(&etcd);
    grounds.map().await;
    put(&*grounds.store, &["/cl-1/env/number=0"]).await;
    let line = Line::to(&etcd.addresses()[0]).await;
    line.slow_down(Duration::from_millis(150));
    let slow = Grounds::at(&format!("etcd://{}", line.address()), &etcd);
    let lagging = slow.serve(&["--quiet-window", "0"]);
    let mut restarted = grounds.serve(&["--quiet-window", "0"]);
    let balancer = Arc::new(Balancer {
        replicas: Mutex::new([restarted.metadata, lagging.metadata]),
        turn: AtomicUsize::new(0),
    });
    let (count, mut restarts) = (if long() { 2_000 } else { 150 }, 0);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let balancer = Arc::clone(&balancer);
            tokio::task::spawn_blocking(move || follow(&balancer, count))
        })
        .collect();
    let mut revisions = Vec::with_capacity(count);
    for number in 1..=count {
        revisions.push(put(&*grounds.store, &[&format!("/cl-1/env/number={number}")]).await);
        if number % 25 == 0 && number < count {
            // Killed without a word, and a new one in its place.
            drop(restarted);
            restarted = tokio::task::block_in_place(|| grounds.serve(&["--quiet-window", "0"]));
            balancer.replicas.lock().unwrap()[0] = restarted.metadata;
            restarts += 1;
        }
    }
    for client in clients {
        check(&client.await.unwrap(), &revisions, restarts);
    }
}
