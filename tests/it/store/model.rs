//! Random histories: what any store does is what the memory store does.

use std::collections::BTreeMap;

use fastrand::Rng;
use metactl::store::memory::Memory;
use metactl::store::reading::{Entry, collect};
use metactl::store::{At, Changes, Guard, Revision, Store, What};

use super::rooms::Room;
use super::words::*;

const ROUNDS: usize = 150;

pub async fn random_histories_agree_with_memory(room: &dyn Room) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let (store, memory) = (room.open().await, Memory::new());
    let mut pair =
        Pair { rng: Rng::with_seed(seed), store: &*store, memory: &memory, known: vec![] };
    pair.known.push((newest(&*store).await, newest(&memory).await));
    for _ in 0..ROUNDS {
        pair.commit().await;
        if pair.rng.u8(..4) == 0 {
            pair.read().await;
        }
    }
    pair.watch().await;
}

/// A store, memory, and what the same revision is in both.
struct Pair<'a> {
    rng: Rng,
    store: &'a dyn Store,
    memory: &'a dyn Store,
    known: Vec<(Revision, Revision)>,
}

impl Pair<'_> {
    /// A path out of few, so that histories meet.
    fn path(&mut self) -> String {
        const SEGMENTS: [&str; 5] = ["a", "a-b", "b", "a0", "é"];
        let depth = self.rng.usize(1..=3);
        (0..depth).fold(String::new(), |path, _| path + "/" + SEGMENTS[self.rng.usize(..5)])
    }

    fn value(&mut self) -> &'static str {
        ["", "1", "2", "three\n"][self.rng.usize(..4)]
    }

    fn changes(&mut self) -> Changes {
        let mut puts = BTreeMap::new();
        for _ in 0..self.rng.usize(..5) {
            puts.insert(self.path(), self.value());
        }
        let mut changes = Changes::new();
        puts.iter().for_each(|(name, value)| changes.put(&path(name), value));
        for _ in 0..self.rng.usize(..2) {
            changes.delete(&path(&self.path()));
        }
        if self.rng.u8(..3) == 0 {
            changes.delete_tree(&path(&self.path()));
        }
        changes
    }

    /// The same guard for both: revisions differ between them.
    fn guards(&mut self) -> (Vec<Guard>, Vec<Guard>) {
        let key = path(&self.path());
        let (ours, theirs) = self.known[self.rng.usize(..self.known.len())];
        let unit = self.path().split('/').nth(1).unwrap_or_default().to_owned();
        match self.rng.u8(..16) {
            0 => (vec![Guard::Absent(key.clone())], vec![Guard::Absent(key)]),
            1 => {
                let value = self.value().to_owned();
                let guard = Guard::Value(key, value);
                (vec![guard.clone()], vec![guard])
            }
            2 => (vec![Guard::Revision(key.clone(), ours)], vec![Guard::Revision(key, theirs)]),
            3 => (
                vec![Guard::Unchanged { unit: unit.clone(), since: ours }],
                vec![Guard::Unchanged { unit, since: theirs }],
            ),
            _ => (vec![], vec![]),
        }
    }

    async fn commit(&mut self) {
        let changes = self.changes();
        let (ours, theirs) = self.guards();
        let said = format!("{changes:?} if {ours:?}");
        let ours = try_commit(self.store, ours, changes.clone()).await;
        let theirs = try_commit(self.memory, theirs, changes).await;
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(ours.changed, theirs.changed, "{said}");
                if theirs.changed > 0 {
                    self.known.push((ours.revision, theirs.revision));
                }
            }
            (Err(ours), Err(theirs)) => assert_eq!(ours.kind(), theirs.kind(), "{said}"),
            (ours, theirs) => panic!("{said}: {ours:?}, in memory {theirs:?}"),
        }
    }

    async fn read(&mut self) {
        let what = [
            What::Subtree(path(&self.path())),
            What::Key(path(&self.path())),
            What::Subtree(path("/")),
        ];
        let directory = path(&self.path()).parent().unwrap();
        let (ours, theirs) = self.known[self.rng.usize(..self.known.len())];
        for (ours, theirs) in [(At::Latest, At::Latest), (At::Revision(ours), At::Revision(theirs))]
        {
            let (_, found) = collect(self.store, &what, ours).await.unwrap();
            let (_, expected) = collect(self.memory, &what, theirs).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|entry| self.in_memory(entry)).collect();
            assert_eq!(found, expected, "{what:?} at {ours:?}");
            let (_, found) = self.store.names(&directory, ours).await.unwrap();
            let (_, expected) = self.memory.names(&directory, theirs).await.unwrap();
            assert_eq!(found, expected, "names of {directory} at {ours:?}");
        }
    }

    /// An entry with the revisions it has in memory.
    fn in_memory(&self, mut entry: Entry) -> Entry {
        let other = |revision| {
            let found = self.known.iter().find(|(ours, _)| *ours == revision);
            found.unwrap_or_else(|| panic!("revision {revision} is of no commit")).1
        };
        entry.create_revision = other(entry.create_revision);
        entry.mod_revision = other(entry.mod_revision);
        entry
    }

    async fn watch(&mut self) {
        let tops = ["/a", "/b/a"];
        let start = self.rng.usize(..self.known.len() / 2);
        let (ours, theirs) = self.known[start];
        // Ends both watches: the last commit of all.
        let last = put(self.store, &["/a-last/x=end"]).await;
        put(self.memory, &["/a-last/x=end"]).await;
        let tops = [tops[0], tops[1], "/a-last"];
        let mut found = watch(self.store, &tops, ours).await;
        let mut expected = watch(self.memory, &tops, theirs).await;
        loop {
            let found = next(&mut *found).await.unwrap();
            let expected = next(&mut *expected).await.unwrap();
            assert_eq!(told(&found), told(&expected), "revision {}", found.revision);
            assert_eq!(found.note.unwrap().paths, expected.note.unwrap().paths);
            if found.revision == last {
                return;
            }
        }
    }
}
