//! The stores that the suite runs on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metactl::store::Store;
use metactl::store::etcd::Etcd;
use metactl::store::http::Http;
use metactl::store::memory::Memory;
use metactl::store::sqlite::{Sqlite, Threaded};
use tempfile::TempDir;

use crate::support::etcd::Lent;
use crate::support::service::Service;

/// One store for one case, empty at the beginning.
#[async_trait]
pub trait Room: Send + Sync {
    /// A client of the store: another one each time, where that makes a difference.
    async fn open(&self) -> Arc<dyn Store>;
}

pub async fn memory(_cases: &str) -> Memory {
    Memory::new()
}

#[async_trait]
impl Room for Memory {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }
}

pub async fn sqlite(_cases: &str) -> TempDir {
    tempfile::tempdir().unwrap()
}

#[async_trait]
impl Room for TempDir {
    async fn open(&self) -> Arc<dyn Store> {
        // Directories are made by the first write.
        let file = self.path().join("not/yet/there.db");
        Arc::new(Sqlite::new(file, Duration::from_secs(20)))
    }
}

/// A file that is used as servers use it.
pub struct ThreadedRoom(TempDir);

pub async fn sqlite_threaded(_cases: &str) -> ThreadedRoom {
    ThreadedRoom(tempfile::tempdir().unwrap())
}

#[async_trait]
impl Room for ThreadedRoom {
    async fn open(&self) -> Arc<dyn Store> {
        let file = self.0.path().join("there.db");
        Arc::new(Threaded::start(Sqlite::new(file, Duration::from_secs(20))).unwrap())
    }
}

/// A service over a file; it ends with the case.
pub struct HttpRoom {
    service: Service,
    _file: TempDir,
}

pub async fn http(_cases: &str) -> HttpRoom {
    let home = tempfile::tempdir().unwrap();
    let file = Sqlite::new(home.path().join("there.db"), Duration::from_secs(20));
    let service = Service::start(Arc::new(Threaded::start(file).unwrap())).await;
    HttpRoom { service, _file: home }
}

#[async_trait]
impl Room for HttpRoom {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Http::open(&self.service.options()).unwrap())
    }
}

/// A server, and the prefix under which the tree is in it.
pub struct EtcdRoom {
    server: Lent,
    prefix: Option<&'static str>,
}

pub async fn etcd(_cases: &str) -> EtcdRoom {
    EtcdRoom { server: Lent::take().await, prefix: None }
}

pub async fn etcd_prefix(_cases: &str) -> EtcdRoom {
    EtcdRoom { server: Lent::take().await, prefix: Some("/clusters/of-mine") }
}

#[async_trait]
impl Room for EtcdRoom {
    async fn open(&self) -> Arc<dyn Store> {
        let mut options = self.server.options();
        options.prefix = self.prefix.map(|prefix| prefix.parse().unwrap());
        options.timeout = Duration::from_secs(20);
        Arc::new(Etcd::open(&options).unwrap())
    }
}
