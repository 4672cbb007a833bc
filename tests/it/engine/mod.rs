//! The contract of the serving engine: snapshots, and what a version proves.

mod gate;
mod kept;
mod seen;
mod snapshots;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use gate::Gate;
use metactl::engine::{Engine, Options, Poll, Polled};
use metactl::store::{Revision, Store};

/// Longer than any case takes.
const DEADLINE: Duration = Duration::from_secs(60);
/// What is answered by then was answered at once; what is not was not.
const SOON: Duration = Duration::from_millis(150);

/// The nodes of the cases.
const NODE: &str = "10.0.0.1";
const OTHER: &str = "10.0.0.2";

fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(DEADLINE, case).await.expect("the case hangs");
    });
}

fn options() -> Options {
    Options { group: "default".to_owned(), quiet_window: Duration::ZERO, state_file: None }
}

/// An engine over that store, with its first state.
async fn engine(store: &Gate) -> Arc<Engine> {
    let engine = Engine::start(Arc::new(store.clone()), options());
    engine.ready().await;
    engine
}

/// A store with two clusters, each with one node.
async fn two_clusters() -> Gate {
    let store = Gate::new();
    store
        .commit(
            "/cl-1/hosts/a/i-1/ip=10.0.0.1 /cl-1/env/port=80 /cl-1/env/motd=x \
             /cl-2/hosts/a/i-2/ip=10.0.0.2 /cl-2/env/port=90 \
             /_metad/mapping/default/10.0.0.1/host=/cl-1/hosts/a/i-1 \
             /_metad/mapping/default/10.0.0.1/hosts=/cl-1/hosts \
             /_metad/mapping/default/10.0.0.1/env=/cl-1/env \
             /_metad/mapping/default/10.0.0.1/adding-hosts=/cl-1/adding-hosts \
             /_metad/mapping/default/10.0.0.2/host=/cl-2/hosts/a/i-2",
        )
        .await;
    store
}

fn poll(ip: &str, path: &str, since: impl Into<Option<Revision>>) -> Poll {
    let (ip, path) = (ip.parse().unwrap(), path.parse().unwrap());
    Poll { ip, path, since: since.into(), limit: DEADLINE }
}

/// What a poll is answered at once; none if it goes on waiting.
async fn at_once(engine: &Engine, ask: &Poll) -> Option<Polled> {
    tokio::time::timeout(SOON, engine.poll(ask)).await.ok()
}

/// The engine, when it has got as far as the store.
async fn caught_up(engine: &Engine, store: &Gate) {
    let newest = store.memory().status().await.unwrap().revision;
    while engine.condition().revision < newest {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
