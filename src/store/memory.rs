//! The store in memory: the shortest correct one, the executable specification.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;

use super::commit::{Tally, generation_key, now_ms};
use super::{
    At, Changed, Commit, Event, Guard, Item, Lease, LeaseId, Logged, Name, Note, Outcome, Revised,
    Revision, Sink, Status, Store, Watch, What, refusals, round_ttl,
};
use crate::error::Result;
use crate::model::path::Path;

/// A store that lives as long as its last clone.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    newest: watch::Sender<Revision>,
}

#[derive(Debug)]
struct State {
    revision: Revision,
    compacted: Revision,
    /// All that is known of each path, oldest first.
    keys: BTreeMap<Path, Vec<Version>>,
    commits: BTreeMap<Revision, (Logged, Vec<Path>)>,
    generations: BTreeMap<Path, Version>,
    leases: BTreeMap<LeaseId, Lease>,
}

#[derive(Debug, Clone)]
struct Version {
    revision: Revision,
    create: Revision,
    /// None: deleted.
    value: Option<String>,
    lease: Option<LeaseId>,
}

/// What a commit makes of a key: a value with its lease, or nothing.
type Target = Option<(String, Option<LeaseId>)>;

impl Default for State {
    fn default() -> Self {
        State {
            revision: 1,
            compacted: 0,
            keys: BTreeMap::new(),
            commits: BTreeMap::new(),
            generations: BTreeMap::new(),
            leases: BTreeMap::new(),
        }
    }
}

impl Memory {
    /// A new, empty store at revision 1.
    pub fn new() -> Self {
        Memory::default()
    }

    /// The state, after what has run out by now is deleted.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire();
        self.0
            .newest
            .send_if_modified(|newest| std::mem::replace(newest, state.revision) != state.revision);
        state
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state();
        let answer = change(&mut state)?;
        self.0.newest.send_replace(state.revision);
        Ok(answer)
    }
}

impl State {
    fn oldest(&self) -> Revision {
        self.compacted.max(1)
    }

    fn at(&self, at: At) -> Result<Revision> {
        match at {
            At::Latest => Ok(self.revision),
            At::Revision(revision) if revision > self.revision => {
                Err(refusals::future(revision, self.revision))
            }
            At::Revision(revision) if revision < self.oldest() => {
                Err(refusals::compacted(revision, self.oldest()))
            }
            At::Revision(revision) => Ok(revision),
        }
    }

    /// What is at `path` right after `revision`.
    fn version(&self, path: &str, revision: Revision) -> Option<&Version> {
        let versions = self.keys.get(path)?;
        let newest = versions.iter().rev().find(|version| version.revision <= revision)?;
        newest.value.as_ref().map(|_| newest)
    }

    fn live(&self, path: &str) -> Option<&Version> {
        self.version(path, self.revision)
    }

    /// The leaves at and below `top` right after `revision`, sorted.
    fn below<'a>(
        &'a self,
        top: &'a Path,
        revision: Revision,
    ) -> impl Iterator<Item = (&'a Path, &'a Version)> {
        self.keys
            .range::<str, _>((Bound::Included(top.as_str()), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(|path| path.as_str().starts_with(top.as_str()))
            .filter(|path| top.contains(path))
            .filter_map(move |path| Some((path, self.version(path.as_str(), revision)?)))
    }

    fn check(&self, guard: &Guard) -> Result<()> {
        let (found, holds) = match guard {
            Guard::Absent(path) | Guard::Revision(path, 0) => {
                let found = self.live(path.as_str());
                (found, found.is_none())
            }
            Guard::Revision(path, revision) => {
                let found = self.live(path.as_str());
                (found, found.is_some_and(|version| version.revision == *revision))
            }
            Guard::Value(path, value) => {
                let found = self.live(path.as_str());
                (found, found.is_some_and(|version| version.value.as_ref() == Some(value)))
            }
            Guard::Unchanged { unit, since } => {
                let found = generation_key(unit).and_then(|key| self.generations.get(&key));
                (found, found.is_none_or(|version| version.revision <= *since))
            }
        };
        if holds {
            return Ok(());
        }
        Err(refusals::guard(guard, found.map(|version| version.revision)))
    }

    fn commit(&mut self, commit: &Commit) -> Result<Outcome> {
        let changes = commit.changes.settled()?;
        commit.guards.iter().try_for_each(|guard| self.check(guard))?;
        let mut targets: BTreeMap<Path, Target> = BTreeMap::new();
        targets.extend(changes.deleted().iter().map(|path| (path.clone(), None)));
        for top in changes.deleted_trees() {
            targets.extend(self.below(top, self.revision).map(|(path, _)| (path.clone(), None)));
        }
        changes.try_each_put(|path, value, lease| {
            if let Some(lease) = lease.filter(|lease| !self.leases.contains_key(lease)) {
                return Err(refusals::no_lease(lease));
            }
            targets.insert(Path::parse(path)?, Some((value.to_owned(), lease)));
            Ok(())
        })?;
        targets.retain(|path, target| {
            let live = self.live(path.as_str());
            let held = live.and_then(|live| Some((live.value.clone()?, live.lease)));
            held != *target
        });
        for (path, _) in targets.iter().filter(|(_, target)| target.is_some()) {
            self.check_place(path, &targets)?;
        }
        Ok(self.apply(targets, &commit.note))
    }

    /// A leaf never gets children, a directory never gets a value.
    fn check_place(&self, path: &Path, targets: &BTreeMap<Path, Target>) -> Result<()> {
        let stays = |path: &str| self.live(path).is_some() && !targets.contains_key(path);
        if let Some(leaf) = path.ancestors().find(|above| stays(above)) {
            return Err(refusals::below_leaf(path.as_str(), leaf));
        }
        if self.below(path, self.revision).any(|(below, _)| below != path && stays(below.as_str()))
        {
            return Err(refusals::on_directory(path.as_str()));
        }
        Ok(())
    }

    fn apply(&mut self, targets: BTreeMap<Path, Target>, note: &Note) -> Outcome {
        if targets.is_empty() {
            return Outcome { revision: self.revision, changed: 0 };
        }
        let revision = self.revision + 1;
        let mut tally = Tally::default();
        for (path, target) in &targets {
            tally.add(path.as_str());
            let create = self.live(path.as_str()).map_or(revision, |live| live.create);
            let (value, lease) = target.clone().unzip();
            let version = Version { revision, create, value, lease: lease.flatten() };
            self.keys.entry(path.clone()).or_default().push(version);
        }
        for key in tally.units.iter().filter_map(|unit| generation_key(unit)) {
            let create = self.generations.get(&key).map_or(revision, |known| known.create);
            let value = Some(String::new());
            self.generations.insert(key, Version { revision, create, value, lease: None });
        }
        self.revision = revision;
        let logged = tally.logged(note, now_ms());
        self.commits.insert(revision, (logged, targets.into_keys().collect()));
        Outcome { revision, changed: tally.changed }
    }

    /// Deletes, in one revision, the keys of leases that have run out.
    fn expire(&mut self) {
        let now = SystemTime::now();
        let due: Vec<_> =
            self.leases.values().filter(|lease| lease.expires <= now).map(|l| l.id).collect();
        self.end(&due, "expire");
    }

    fn end(&mut self, leases: &[LeaseId], command: &str) {
        self.leases.retain(|id, _| !leases.contains(id));
        let root = Path::root();
        let targets = self
            .below(&root, self.revision)
            .filter(|(_, version)| version.lease.is_some_and(|id| leases.contains(&id)))
            .map(|(path, _)| (path.clone(), None))
            .collect();
        let note = Note { actor: "ttl".into(), command: command.into(), ..Note::default() };
        self.apply(targets, &note);
    }

    /// The first commit after `after` that changes something in `subtrees`.
    fn next_commit(&self, subtrees: &[Path], after: Revision) -> Result<Option<Revised>> {
        if after < self.compacted {
            return Err(refusals::compacted(after, self.oldest()));
        }
        let later = (Bound::Excluded(after), Bound::Unbounded);
        Ok(self.commits.range(later).find_map(|(revision, (note, paths))| {
            let changes: Vec<_> = paths
                .iter()
                .filter(|path| subtrees.iter().any(|top| top.contains(path)))
                .map(|path| {
                    let text = path.as_str();
                    let new = self.version(text, *revision);
                    let old = self.version(text, revision - 1);
                    Changed {
                        path: path.clone(),
                        previous: old.and_then(|version| version.value.clone()),
                        value: new.and_then(|version| version.value.clone()),
                        lease: new.and_then(|version| version.lease),
                    }
                })
                .collect();
            let revised = Revised { revision: *revision, note: Some(note.clone()), changes };
            (!revised.changes.is_empty()).then_some(revised)
        }))
    }
}

fn give(sink: Sink<'_>, path: &Path, version: &Version) -> Result<()> {
    sink(Item {
        path: path.as_str(),
        value: version.value.as_deref().unwrap_or_default(),
        create_revision: version.create,
        mod_revision: version.revision,
        lease: version.lease,
    })
}

#[async_trait]
impl Store for Memory {
    fn place(&self) -> String {
        "memory:".to_owned()
    }

    async fn read(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let state = self.state();
        let revision = state.at(at)?;
        for range in what {
            match range {
                What::Key(path) => {
                    let generation = state.generations.get(path);
                    let found = state.version(path.as_str(), revision).or(generation);
                    found.map_or(Ok(()), |version| give(sink, path, version))?;
                }
                What::Subtree(top) => state
                    .below(top, revision)
                    .try_for_each(|(path, version)| give(sink, path, version))?,
            }
        }
        Ok(revision)
    }

    async fn names(&self, directory: &Path, at: At) -> Result<(Revision, Vec<Name>)> {
        let state = self.state();
        let revision = state.at(at)?;
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for (path, _) in state.below(directory, revision) {
            let rest = directory.relative(path.as_str()).unwrap_or_default();
            let mut segments = rest.split('/').skip(1);
            if let Some(name) = segments.next() {
                names.insert(name.to_owned(), segments.next().is_some());
            }
        }
        let names = names.into_iter().map(|(name, directory)| Name { name, directory }).collect();
        Ok((revision, names))
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome> {
        self.change(|state| state.commit(commit))
    }

    async fn watch(&self, subtrees: &[Path], after: Revision) -> Result<Box<dyn Watch>> {
        let newest = self.0.newest.subscribe();
        Ok(Box::new(Watcher { store: self.clone(), subtrees: subtrees.to_vec(), after, newest }))
    }

    async fn grant(&self, ttl: Duration) -> Result<Lease> {
        let ttl = round_ttl(ttl);
        let lease = Lease { id: fastrand::i64(1..), ttl, expires: SystemTime::now() + ttl };
        self.state().leases.insert(lease.id, lease);
        Ok(lease)
    }

    async fn renew(&self, lease: LeaseId) -> Result<Lease> {
        let mut state = self.state();
        let found = state.leases.get_mut(&lease).ok_or_else(|| refusals::no_lease(lease))?;
        found.expires = SystemTime::now() + found.ttl;
        Ok(*found)
    }

    async fn revoke(&self, lease: LeaseId) -> Result<()> {
        self.change(|state| {
            if !state.leases.contains_key(&lease) {
                return Err(refusals::no_lease(lease));
            }
            state.end(&[lease], "revoke");
            Ok(())
        })
    }

    async fn lease(&self, lease: LeaseId) -> Result<Option<Lease>> {
        Ok(self.state().leases.get(&lease).copied())
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        let mut state = self.state();
        if revision > state.revision {
            return Err(refusals::future(revision, state.revision));
        }
        state.compacted = state.compacted.max(revision);
        let oldest = state.compacted;
        state.commits.retain(|commit, _| *commit > oldest);
        state.keys.retain(|_, versions| {
            let first = versions.iter().rposition(|version| version.revision <= oldest);
            versions.drain(..first.unwrap_or(0));
            if versions.first().is_some_and(|v| v.revision <= oldest && v.value.is_none()) {
                versions.remove(0);
            }
            !versions.is_empty()
        });
        Ok(())
    }

    async fn status(&self) -> Result<Status> {
        let state = self.state();
        let root = Path::root();
        let tree = state.below(&root, state.revision);
        let sizes: Vec<_> = tree
            .map(|(path, v)| path.as_str().len() + v.value.as_ref().map_or(0, String::len))
            .collect();
        Ok(Status {
            endpoint: self.place(),
            kind: "memory",
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: state.revision,
            oldest: state.oldest(),
            keys: (sizes.len() + state.generations.len()) as u64,
            size: sizes.iter().sum::<usize>() as u64,
            unreadable: 0,
            members: Vec::new(),
        })
    }
}

struct Watcher {
    store: Memory,
    subtrees: Vec<Path>,
    after: Revision,
    newest: watch::Receiver<Revision>,
}

#[async_trait]
impl Watch for Watcher {
    async fn next(&mut self) -> Result<Event> {
        loop {
            self.newest.mark_unchanged();
            let expires = {
                let state = self.store.state();
                if let Some(revised) = state.next_commit(&self.subtrees, self.after)? {
                    self.after = revised.revision;
                    return Ok(Event::Commit(revised));
                }
                // Commits elsewhere are behind the watch: it may outlive their compaction.
                self.after = self.after.max(state.revision);
                state.leases.values().map(|lease| lease.expires).min()
            };
            let left = expires.map(|time| time.duration_since(SystemTime::now()));
            let left = left.map_or(Duration::from_secs(3600), Result::unwrap_or_default);
            // Both ends of the wait look again, and the sender lives in `self.store`.
            let _ = tokio::time::timeout(left, self.newest.changed()).await;
        }
    }
}
