//! Every phase of every operation, with every fault and both ends, in process.

use std::sync::Arc;
use std::time::Duration;

use metactl::error::{self, Result};
use metactl::ops::operation::commands::Waiting;
use metactl::ops::operation::drive::{self, Ended, Hold, How, PhaseDone};
use metactl::ops::operation::{end, status};
use metactl::store::Store;
use metactl::store::memory::Memory;

use super::faulty::{FAULTS, Fault, Faulty};
use super::scene::{self, CLUSTER, KINDS, Kind, Tree, note, view};
use crate::support::etcd::Etcd;

/// What ends an operation that was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Finish,
    Abort,
}

const ENDS: [End; 2] = [End::Finish, End::Abort];

/// How an operation is left.
#[derive(Debug, Clone, Copy)]
enum Left {
    /// At the commit of that number.
    By(Fault, usize),
    /// By Ctrl-C, after that phase.
    Interrupted(usize),
}

/// One after another, each from the same tree.
struct Bench {
    store: Arc<dyn Store>,
    /// Makes another store where that costs nothing.
    fresh: Option<fn() -> Arc<dyn Store>>,
    tree: Tree,
    /// How many of the cases with two deaths are run.
    share: f64,
    rng: fastrand::Rng,
    cases: usize,
}

impl Bench {
    async fn new(store: Arc<dyn Store>, share: f64) -> Bench {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let share = if scene::long() { 1.0 } else { share };
        let rng = fastrand::Rng::with_seed(seed);
        Bench { store, fresh: None, tree: scene::tree().await, share, rng, cases: 0 }
    }

    async fn everything(&mut self) {
        for kind in KINDS {
            for phase in 1..=kind.phases() {
                let faults = FAULTS.map(|fault| Left::By(fault, phase));
                let interrupted = (phase < kind.phases()).then_some(Left::Interrupted(phase));
                for left in faults.into_iter().chain(interrupted) {
                    for end in ENDS {
                        self.left_and_ended(kind, left, end).await;
                    }
                }
                if phase < kind.phases() {
                    self.ends_that_die(kind, phase).await;
                }
            }
        }
        println!("{} cases", self.cases);
    }

    /// Leaves an operation and ends it.
    async fn left_and_ended(&mut self, kind: Kind, left: Left, end: End) {
        self.cases += 1;
        let case = format!("{kind:?} left by {left:?}, then {end:?}");
        self.reset().await;
        run(Arc::clone(&self.store), kind, left).await;
        let done = match left {
            Left::By(Fault::KilledBefore | Fault::LostBefore, phase) => phase - 1,
            Left::By(_, phase) | Left::Interrupted(phase) => phase,
        };
        self.stands(&case, kind, done).await;
        let ended = self.end(end, None).await;
        assert_eq!(ended.is_ok(), (1..kind.phases()).contains(&done), "{case}: {ended:?}");
        let complete = done == kind.phases() || (done > 0 && end == End::Finish);
        self.check(&case, kind, complete).await;
    }

    /// Holds an operation after a phase; the process that ends it dies as well,
    /// at each of its commits, and another one ends it for good.
    async fn ends_that_die(&mut self, kind: Kind, phase: usize) {
        for (first, second) in ENDS.into_iter().flat_map(|one| ENDS.map(|other| (one, other))) {
            for (number, fault) in (1..=kind.phases() + 1).flat_map(|n| FAULTS.map(|f| (n, f))) {
                if self.rng.f64() >= self.share {
                    continue;
                }
                let case = format!(
                    "{kind:?} held after phase {phase}, {first:?} left by {fault:?} at commit \
                     {number}, then {second:?}"
                );
                self.reset().await;
                run(Arc::clone(&self.store), kind, Left::Interrupted(phase)).await;
                if self.end(first, Some((number, fault))).await.is_ok() {
                    // It has fewer commits than that.
                    break;
                }
                self.cases += 1;
                let standing = status::of(&view(Arc::clone(&self.store)), CLUSTER).await.unwrap();
                let complete = match (standing, first, second) {
                    (Some(_), _, second) => {
                        self.end(second, None).await.unwrap_or_else(|e| panic!("{case}: {e:?}"));
                        second == End::Finish
                    }
                    (None, first, _) => first == End::Finish,
                };
                self.check(&case, kind, complete).await;
            }
        }
    }

    async fn reset(&mut self) {
        if let Some(fresh) = self.fresh {
            self.store = fresh();
        }
        scene::reset(&*self.store, &self.tree).await;
    }

    /// Ends the operation in flight, perhaps with a fault.
    async fn end(&self, end: End, fault: Option<(usize, Fault)>) -> Result<Ended> {
        let faulty = Arc::new(Faulty::new(Arc::clone(&self.store), fault));
        let view = view(faulty.clone());
        let tell = |_: &_, _: &PhaseDone| {};
        let how = how(Duration::ZERO, &tell);
        let work = async {
            match end {
                End::Finish => end::finish(&view, CLUSTER, &how, note()).await,
                End::Abort => end::abort(&view, CLUSTER, note()).await,
            }
        };
        tokio::select! {
            ended = work => ended,
            () = faulty.killed.notified() => Err(error::Error::new(error::Kind::Failed, "killed")),
        }
    }

    /// Checks that `scale status` says where it stands.
    async fn stands(&self, case: &str, kind: Kind, done: usize) {
        let standing = status::of(&view(Arc::clone(&self.store)), CLUSTER).await.unwrap();
        let said = standing.map(|one| one.phases.iter().filter(|phase| phase.done).count());
        let in_flight = (1..kind.phases()).contains(&done);
        assert_eq!(said, in_flight.then_some(done), "{case}");
        if done == 0 {
            assert_eq!(scene::read(&*self.store).await, self.tree, "{case}");
        }
    }

    async fn check(&self, case: &str, kind: Kind, complete: bool) {
        println!("{case}: complete {complete}");
        let after = scene::read(&*self.store).await;
        match complete {
            true => kind.assert_complete(&self.tree, &after),
            false => assert_eq!(after, self.tree, "it is not as it was before"),
        }
    }
}

/// Begins an operation and leaves it.
async fn run(store: Arc<dyn Store>, kind: Kind, left: Left) {
    let fault = match left {
        Left::By(fault, number) => Some((number, fault)),
        Left::Interrupted(_) => None,
    };
    let faulty = Arc::new(Faulty::new(store, fault));
    let view = view(faulty.clone());
    let planned = kind.plan(&view).await.unwrap();
    let tell = |_: &_, done: &PhaseDone| {
        if matches!(left, Left::Interrupted(phase) if phase == done.number) {
            faulty.killed.notify_one();
        }
    };
    let how = how(Duration::from_millis(1), &tell);
    tokio::select! {
        biased;
        // As Ctrl-C does: what it was doing is dropped.
        () = faulty.killed.notified() => {}
        ended = drive::begin(&view, CLUSTER, planned, &how, note()) => {
            let error = ended.expect_err("the fault did not happen");
            assert_eq!(error.kind(), error::Kind::Unavailable, "{error:?}");
        }
    }
    assert!(fault.is_none() || faulty.has_failed());
}

fn how<'a>(
    delay: Duration,
    tell: &'a (dyn Fn(&metactl::model::operation::Operation, &PhaseDone) + Sync),
) -> How<'a> {
    How {
        hold: Hold::Never,
        delay,
        assert: None,
        tell,
        waiting: Waiting { patience: Duration::ZERO, hear: &|_| {} },
    }
}

#[tokio::test]
async fn in_memory() {
    let mut bench = Bench::new(Arc::new(Memory::new()), 0.3).await;
    // Its history is a list that every read goes through.
    bench.fresh = Some(|| Arc::new(Memory::new()));
    bench.everything().await;
}

#[tokio::test]
async fn on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.db");
    let store = metactl::store::sqlite::Sqlite::new(file, Duration::from_secs(20));
    Bench::new(Arc::new(store), 0.05).await.everything().await;
}

#[tokio::test]
async fn on_etcd() {
    let etcd = Etcd::start();
    Bench::new(Arc::new(etcd.store()), 0.05).await.everything().await;
}
