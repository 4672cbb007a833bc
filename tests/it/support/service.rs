//! The management API of a metadata service on a port of the system's choice.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metactl::client::options::Place;
use metactl::client::tls::TlsFiles;
use metactl::model::path::Path;
use metactl::ops::view::Scope;
use metactl::serve::manage::{Desk, routes, routes_of_metad};
use metactl::store::Store;
use metactl::store::http::HttpOptions;
use metactl::store::sqlite::Sqlite;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::Home;

/// A service in the runtime of the test; it ends with that.
pub struct Service {
    /// `127.0.0.1:PORT` of its management API.
    pub address: String,
    /// As long as it is there the streams go on.
    _drain: watch::Sender<bool>,
}

impl Service {
    pub async fn start(store: Arc<dyn Store>) -> Service {
        Service::with(store, routes).await
    }

    async fn with(store: Arc<dyn Store>, routes: fn(Arc<Desk>) -> Router) -> Service {
        let (drain, draining) = watch::channel(false);
        let scope = Scope { group: "default".to_owned(), cluster_root: Path::root(), as_id: None };
        let router = routes(Arc::new(Desk::new(store, scope, draining)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Service { address, _drain: drain }
    }

    /// How to reach it.
    pub fn options(&self) -> HttpOptions {
        let place = Place::Hosts { hosts: vec![self.address.clone()], tls: false };
        HttpOptions {
            metadata: place.clone(),
            manage: place,
            manage_is_named: true,
            tls: TlsFiles::default(),
            token: None,
            timeout: Duration::from_secs(20),
        }
    }
}

/// What a metad has of a management API, over the store of a home; for commands.
pub struct Fake {
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// It works in there.
    _service: (Service, Runtime),
}

impl Fake {
    pub fn metad(home: &Home) -> Fake {
        let file = home.path().join(".local/share/metactl/metadata.db");
        let store = Arc::new(Sqlite::new(file, Duration::from_secs(20)));
        let runtime = Runtime::new().unwrap();
        let service = runtime.block_on(Service::with(store, routes_of_metad));
        Fake { address: service.address.clone(), _service: (service, runtime) }
    }
}
