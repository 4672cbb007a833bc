//! All that a store in memory knows, and the rules by which it changes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::SystemTime;

use crate::error::Result;
use crate::model::path::Path;
use crate::store::commit::{Tally, generation_key, now_ms};
use crate::store::{
    At, Changed, Commit, Guard, Lease, LeaseId, Logged, Note, Outcome, Revised, Revision, refusals,
};

#[derive(Debug)]
pub(super) struct State {
    pub(super) revision: Revision,
    pub(super) compacted: Revision,
    /// All that is known of each path, oldest first.
    pub(super) keys: BTreeMap<Path, Vec<Version>>,
    pub(super) commits: BTreeMap<Revision, (Logged, Vec<Path>)>,
    pub(super) generations: BTreeMap<Path, Version>,
    pub(super) leases: BTreeMap<LeaseId, Lease>,
}

#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) revision: Revision,
    pub(super) create: Revision,
    /// None: deleted.
    pub(super) value: Option<String>,
    pub(super) lease: Option<LeaseId>,
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

impl State {
    pub(super) fn oldest(&self) -> Revision {
        self.compacted.max(1)
    }

    pub(super) fn at(&self, at: At) -> Result<Revision> {
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
    pub(super) fn version(&self, path: &str, revision: Revision) -> Option<&Version> {
        let versions = self.keys.get(path)?;
        let newest = versions.iter().rev().find(|version| version.revision <= revision)?;
        newest.value.as_ref().map(|_| newest)
    }

    fn live(&self, path: &str) -> Option<&Version> {
        self.version(path, self.revision)
    }

    /// The leaves at and below `top` right after `revision`, sorted.
    pub(super) fn below<'a>(
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

    pub(super) fn commit(&mut self, commit: &Commit) -> Result<Outcome> {
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

    /// Forgets what lies before `revision`.
    pub(super) fn compact(&mut self, revision: Revision) {
        self.compacted = self.compacted.max(revision);
        let oldest = self.compacted;
        self.commits.retain(|commit, _| *commit > oldest);
        self.keys.retain(|_, versions| {
            let first = versions.iter().rposition(|version| version.revision <= oldest);
            versions.drain(..first.unwrap_or(0));
            if versions.first().is_some_and(|v| v.revision <= oldest && v.value.is_none()) {
                versions.remove(0);
            }
            !versions.is_empty()
        });
    }

    /// Deletes, in one revision, the keys of leases that have run out.
    pub(super) fn expire(&mut self) {
        let now = SystemTime::now();
        let due: Vec<_> =
            self.leases.values().filter(|lease| lease.expires <= now).map(|l| l.id).collect();
        self.end(&due, "expire");
    }

    pub(super) fn end(&mut self, leases: &[LeaseId], command: &str) {
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

    /// The outcome of the commit of `operation`, if it is among those after `after`.
    pub(super) fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        if after < self.compacted {
            return Err(refusals::compacted(after, self.oldest()));
        }
        let later = (Bound::Excluded(after), Bound::Unbounded);
        let mut made = self.commits.range(later).map(|(revision, (logged, _))| (revision, logged));
        let found = made.find(|(_, logged)| logged.note.operation == operation);
        Ok(found.map(|(revision, logged)| logged.outcome(*revision)))
    }

    /// The first commit after `after` that changes something in `subtrees`.
    pub(super) fn next_commit(
        &self,
        subtrees: &[Path],
        after: Revision,
    ) -> Result<Option<Revised>> {
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
