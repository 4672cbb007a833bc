//! What the servers have been found to take: learnt from their refusals.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fault::Fault;
use crate::error::{Error, Kind};

/// etcd's own default of `--max-txn-ops`.
const OPERATIONS: usize = 128;
/// With fewer, not even one put fits beside log and generation.
const FEWEST: usize = 3;

/// The limits of one etcd, as far as they are known.
#[derive(Debug)]
pub(super) struct Limits {
    operations: AtomicUsize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { operations: AtomicUsize::new(OPERATIONS) }
    }
}

impl Limits {
    /// How many operations one transaction may have.
    pub(super) fn operations(&self) -> usize {
        self.operations.load(Ordering::Relaxed)
    }

    /// After `refused` operations were too many.
    pub(super) fn fewer_operations(&self, refused: usize) -> Result<(), Fault> {
        if refused <= FEWEST {
            return Err(Fault::Told(Error::new(
                Kind::Failed,
                format!(
                    "etcd takes fewer than {refused} operations in a transaction; its `--max-txn-ops` is too small"
                ),
            )));
        }
        // Several calls may be refused at once: each asks for less than it had.
        self.operations.fetch_min((refused * 3 / 4).max(FEWEST), Ordering::Relaxed);
        Ok(())
    }
}
