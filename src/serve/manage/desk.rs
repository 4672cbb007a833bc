//! What every handler of the management API works with.

use std::sync::Arc;

use tokio::sync::watch;

use super::flights::Flights;
use crate::ops::view::{Scope, View};
use crate::store::Store;

/// The store, and what is under way in it.
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    /// Turns true when the service ends: streams end then.
    pub(super) draining: watch::Receiver<bool>,
    pub(super) flights: Flights,
    /// The group of mappings and rules, and where the clusters are.
    pub(super) scope: Scope,
}

impl Desk {
    pub fn new(store: Arc<dyn Store>, scope: Scope, draining: watch::Receiver<bool>) -> Desk {
        Desk { store, draining, flights: Flights::default(), scope }
    }

    /// The store as nobody in particular sees it.
    pub(super) fn view(&self) -> View {
        View::new(Arc::clone(&self.store), self.scope.clone())
    }
}
