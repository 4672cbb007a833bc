//! A table by address in parts, so that requests seldom wait for each other.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many parts there are.
const SHARDS: usize = 16;

/// What is kept of clients, each in the part that its address falls to.
#[derive(Debug, Default)]
pub struct Shards<T> {
    hasher: RandomState,
    shards: [Mutex<T>; SHARDS],
}

impl<T> Shards<T> {
    /// The part of that address; whoever else has an address in it waits meanwhile.
    pub fn of(&self, ip: IpAddr) -> MutexGuard<'_, T> {
        // The remainder is below the number of parts.
        let index = self.hasher.hash_one(ip) as usize % SHARDS;
        // Nothing is left half done there.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All parts, one after another.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
