//! Where races are run: a store that is written directly, and a service on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use metactl::store::Store;
use metactl::store::etcd::EtcdOptions;
use metactl::store::sqlite::Sqlite;

use crate::store::words::put;
use crate::support::Home;
use crate::support::Serve;
use crate::support::etcd::Etcd;
use crate::support::http::Answer;

/// The node that asks.
pub const NODE: &str = "127.0.0.2";

/// A store and what the service needs to find it.
pub struct Grounds {
    pub home: Home,
    pub store: Arc<dyn Store>,
    endpoint: String,
}

impl Grounds {
    pub fn embedded() -> Grounds {
        let home = Home::new();
        let file: PathBuf = home.path().join("metadata.db");
        let store = Arc::new(Sqlite::new(file.clone(), Duration::from_secs(20)));
        Grounds { home, store, endpoint: format!("file:{}", file.display()) }
    }

    pub fn etcd(etcd: &Etcd) -> Grounds {
        // The largest commits of the long forms take their time.
        let options = EtcdOptions { timeout: Duration::from_secs(120), ..etcd.options() };
        let store = Arc::new(metactl::store::etcd::Etcd::open(&options).unwrap());
        Grounds { home: Home::new(), store, endpoint: etcd.endpoint() }
    }

    /// On the same etcd, which the service reaches by another way.
    pub fn at(endpoint: &str, etcd: &Etcd) -> Grounds {
        Grounds { endpoint: endpoint.to_owned(), ..Grounds::etcd(etcd) }
    }

    /// The cluster's environment and hosts are the node's.
    pub async fn map(&self) {
        let below = format!("/_metad/mapping/default/{NODE}");
        let links = [format!("{below}/env=/cl-1/env"), format!("{below}/hosts=/cl-1/hosts")];
        put(&*self.store, &[&links[0], &links[1]]).await;
    }

    pub fn serve(&self, args: &[&str]) -> Serve {
        Serve::start(&self.home, &[&["--endpoint", &self.endpoint], args].concat())
    }
}

/// The version that an answer bears.
#[track_caller]
pub fn version(answer: &Answer) -> u64 {
    answer.header("x-metad-version").expect("a version").parse().unwrap()
}

/// Whether the long forms are wanted.
#[allow(clippy::disallowed_methods)] // The tests' own environment, no setting of the program.
pub fn long() -> bool {
    std::env::var_os("METACTL_TEST_LONG").is_some()
}
