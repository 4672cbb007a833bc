//! What requests of metad's protocol share.

use std::sync::atomic::{AtomicU64, Ordering};

use super::bodies::Bodies;
use super::view::BodyKey;

/// Bytes of bodies that are kept for those who ask again: a few of the largest,
/// and those of all nodes of thousands of small clusters.
const BODIES: usize = 64 << 20;

/// Requests that were counted, and bodies that were encoded.
#[derive(Debug)]
pub struct State {
    requests: AtomicU64,
    bodies: Bodies<BodyKey>,
}

impl State {
    /// None of either.
    pub fn new() -> State {
        State { requests: AtomicU64::new(0), bodies: Bodies::new(BODIES) }
    }

    /// The number of the next request, from 1 on.
    pub(super) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn bodies(&self) -> &Bodies<BodyKey> {
        &self.bodies
    }
}

impl Default for State {
    fn default() -> State {
        State::new()
    }
}
