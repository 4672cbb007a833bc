//! Bodies that were encoded once and are shared among all who ask for the same.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

/// What nobody has asked for in one to two of these is forgotten.
const GENERATION: Duration = Duration::from_secs(10);

/// What an entry takes beside its body, about.
const OVERHEAD: usize = 256;

/// Bodies by key, in two generations: what is asked for moves into the younger
/// one, and the older one is dropped as a whole. So what a change has outdated
/// goes by itself, and what is in use stays.
#[derive(Debug)]
pub(super) struct Bodies<Key> {
    limit: usize,
    generations: Mutex<Generations<Key>>,
}

#[derive(Debug)]
struct Generations<Key> {
    young: HashMap<Key, Bytes>,
    old: HashMap<Key, Bytes>,
    /// Bytes of the younger one.
    bytes: usize,
    since: Instant,
}

impl<Key: Hash + Eq> Bodies<Key> {
    /// None yet, and never more than about `limit` bytes.
    pub(super) fn new(limit: usize) -> Bodies<Key> {
        let generations = Generations {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
            since: Instant::now(),
        };
        Bodies { limit, generations: Mutex::new(generations) }
    }

    /// The body of `key`, encoded if nobody has done so. Encoding holds nobody up.
    pub(super) fn get(&self, key: Key, encode: impl FnOnce() -> Bytes) -> Bytes {
        if let Some(body) = self.with(|generations| generations.find(&key, self.limit)) {
            return body;
        }
        let body = encode();
        self.with(|generations| generations.keep(key, body.clone(), self.limit));
        body
    }

    fn with<T>(&self, act: impl FnOnce(&mut Generations<Key>) -> T) -> T {
        act(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<Key: Hash + Eq> Generations<Key> {
    fn find(&mut self, key: &Key, limit: usize) -> Option<Bytes> {
        if let Some(body) = self.young.get(key) {
            return Some(body.clone());
        }
        let (key, body) = self.old.remove_entry(key)?;
        self.keep(key, body.clone(), limit);
        Some(body)
    }

    fn keep(&mut self, key: Key, body: Bytes, limit: usize) {
        let size = body.len() + OVERHEAD;
        // Each generation takes half of the room.
        if size > limit / 2 {
            return;
        }
        if self.bytes + size > limit / 2 || self.since.elapsed() > GENERATION {
            self.old = std::mem::take(&mut self.young);
            (self.bytes, self.since) = (0, Instant::now());
        }
        let before = self.young.insert(key, body);
        self.bytes += size - before.map_or(0, |before| before.len() + OVERHEAD);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_body_is_encoded_once() {
        let bodies = Bodies::new(1 << 20);
        let encoded = Cell::new(0);
        let mut pointers = (0..3).map(|_| {
            let body = bodies.get("key", || {
                encoded.set(encoded.get() + 1);
                Bytes::from("body".to_owned())
            });
            body.as_ptr()
        });
        let first = pointers.next();
        assert!(pointers.all(|pointer| Some(pointer) == first));
        assert_eq!(encoded.get(), 1);
    }

    #[test]
    fn its_room_is_bounded_and_what_is_in_use_stays() {
        const LIMIT: usize = 200_000;
        let bodies = Bodies::new(LIMIT);
        let used = || bodies.get(0, || Bytes::from(vec![0; 1_000])).as_ptr();
        let first = used();
        for number in 1..10_000 {
            bodies.get(number, || Bytes::from(vec![0; 1_000]));
            assert_eq!(used(), first, "forgotten after {number}");
        }
        let held = bodies.with(|all| {
            let of = |map: &HashMap<i32, Bytes>| map.values().map(Bytes::len).sum::<usize>();
            of(&all.young) + of(&all.old)
        });
        assert!(held <= LIMIT, "{held}");
        bodies.get(-1, || Bytes::from(vec![0; LIMIT]));
        assert_eq!(used(), first, "one that is too large pushes nothing out");
    }
}
