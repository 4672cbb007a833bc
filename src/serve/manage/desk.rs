//! What every handler of the management API works with.

use std::sync::Arc;

use tokio::sync::watch;

use super::flights::Flights;
use crate::store::Store;

/// The store, and what is under way in it.
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    /// Turns true when the service ends: streams end then.
    pub(super) draining: watch::Receiver<bool>,
    pub(super) flights: Flights,
}

impl Desk {
    pub fn new(store: Arc<dyn Store>, draining: watch::Receiver<bool>) -> Desk {
        Desk { store, draining, flights: Flights::default() }
    }
}
