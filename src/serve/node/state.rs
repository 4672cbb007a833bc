//! What requests of nodes share: commits under way, and leases that wait for their leaf.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::serve::manage::Flights;
use crate::store::LeaseId;

/// The most leases that a node may have without a leaf.
const MOST: usize = 8;

/// Shared by all nodes.
#[derive(Default)]
pub struct State {
    pub(super) flights: Flights,
    /// Leases that were granted here, by whom and how long they last: once a leaf
    /// has it, the leaf tells whose it is.
    granted: Mutex<HashMap<LeaseId, (String, Instant)>>,
}

impl State {
    /// Whether that node may have one more.
    pub(super) fn admit(&self, node_id: &str) -> Result<()> {
        let mut granted = self.granted();
        let now = Instant::now();
        granted.retain(|_, (_, until)| *until > now);
        if granted.values().filter(|(owner, _)| owner == node_id).count() < MOST {
            return Ok(());
        }
        let message = format!("`{node_id}` has {MOST} leases that it does not use");
        Err(Error::new(Kind::Denied, message))
    }

    pub(super) fn grant(&self, lease: LeaseId, node_id: &str, ttl: Duration) {
        self.granted().insert(lease, (node_id.to_owned(), Instant::now() + ttl));
    }

    pub(super) fn has_granted(&self, lease: LeaseId, node_id: &str) -> bool {
        self.granted().get(&lease).is_some_and(|(owner, _)| owner == node_id)
    }

    /// A leaf has it now, or it has ended.
    pub(super) fn forget(&self, lease: LeaseId) {
        self.granted().remove(&lease);
    }

    fn granted(&self) -> MutexGuard<'_, HashMap<LeaseId, (String, Instant)>> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_of_who_was_given_it() {
        let state = State::default();
        let long = Duration::from_secs(600);
        state.grant(5, "cln-1", long);
        assert!(state.has_granted(5, "cln-1") && !state.has_granted(5, "cln-2"));
        for lease in 10..17 {
            state.admit("cln-1").unwrap();
            state.grant(lease, "cln-1", long);
        }
        assert_eq!(state.admit("cln-1").unwrap_err().kind(), Kind::Denied);
        state.admit("cln-2").unwrap();
        state.forget(5);
        state.admit("cln-1").unwrap();
        state.grant(5, "cln-1", Duration::ZERO);
        state.admit("cln-1").unwrap();
        assert!(!state.has_granted(5, "cln-1"));
    }
}
