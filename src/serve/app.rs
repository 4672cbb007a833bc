//! What all listeners share.

use std::sync::Arc;

use tokio::sync::watch;

use crate::engine::Engine;
use crate::serve::access_log::AccessLog;
use crate::serve::clients::Clients;
use crate::serve::gce::Numbers;
use crate::serve::metadata;
use crate::serve::metrics::Metrics;
use crate::serve::options::Options;
use crate::store::Store;

/// The service, as every request sees it.
pub struct App {
    pub engine: Arc<Engine>,
    pub store: Arc<dyn Store>,
    pub options: Options,
    pub metadata: metadata::State,
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
