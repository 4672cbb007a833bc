//! What all listeners share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::engine::Engine;
use crate::model::path::Path;
use crate::serve::access_log::AccessLog;
use crate::serve::clients::Clients;
use crate::serve::gce::Numbers;
use crate::serve::metadata;
use crate::serve::metrics::Metrics;
use crate::serve::node;
use crate::serve::options::Options;
use crate::store::{Revision, Store};

/// The service, as every request sees it.
pub struct App {
    pub engine: Arc<Engine>,
    pub store: Arc<dyn Store>,
    pub options: Options,
    pub metadata: metadata::State,
    pub node: node::State,
    /// Who is named in the notes of commits: the user who runs the service.
    pub actor: String,
    /// The numbers of projects, which Google's protocol tells.
    pub numbers: Numbers,
    pub metrics: Metrics,
    /// What each client has open.
    pub clients: Clients,
    pub log: Option<AccessLog>,
    /// Turns true when the service is to end: whoever waits answers then.
    pub draining: watch::Receiver<bool>,
}

/// How long a writer waits until what it has written can be read.
const PATIENCE: Duration = Duration::from_secs(2);

impl App {
    /// Waits until who has written below `path` can read it.
    pub async fn until_read(&self, path: &Path, revision: Revision) {
        let mut waiting = self.engine.register(vec![path.clone()]);
        let caught_up = async {
            while self.engine.snapshot().is_none_or(|snapshot| snapshot.revision() < revision) {
                waiting.changed().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, caught_up).await;
    }
}
