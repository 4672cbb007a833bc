//! What a commit really changes, and what must still be so when it does.

use std::collections::BTreeSet;

use super::layout::{Layout, Span};
use super::survey::{Leaf, Survey, ancestors};
use super::work::{Put, Tree, Work};
use crate::error::Result;
use crate::store::commit::Tally;
use crate::store::{Guard, refusals};

/// Something that was so at the survey's revision and is compared in the transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// The key was last changed by that revision; 0: it is not there.
    Key(String, u64),
    /// There is nothing in the range.
    Empty(Vec<u8>, Vec<u8>),
    /// Nothing in the range has changed since the survey.
    Still(Vec<u8>, Vec<u8>),
}

/// The difference that a commit makes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Places in [`Work::puts`].
    pub(super) puts: Vec<usize>,
    /// Keys.
    pub(super) deleted: Vec<String>,
    /// Trees that go as a whole.
    pub(super) spans: Vec<Span>,
    /// What the guards have found.
    pub(super) guards: BTreeSet<Fact>,
    pub(super) facts: BTreeSet<Fact>,
    /// The units that the facts and guards are about.
    pub(super) seen_units: BTreeSet<String>,
    pub(super) tally: Tally,
}

/// Settles `work` on what `survey` has found; `Conflict` for a guard that does
/// not hold and for a put that is in the way of another key.
pub(super) fn plan(work: &Work<'_>, survey: &Survey, layout: &Layout) -> Result<Plan> {
    let mut planner = Planner { work, survey, layout, plan: Plan::default() };
    work.guards.iter().try_for_each(|guard| planner.guard(guard))?;
    for (index, put) in work.puts.iter().enumerate() {
        planner.put(index, put)?;
    }
    work.deleted.iter().for_each(|path| planner.delete(path.as_str()));
    work.trees.iter().for_each(|tree| planner.tree(tree));
    Ok(planner.plan)
}

struct Planner<'p, 'c> {
    work: &'p Work<'c>,
    survey: &'p Survey,
    layout: &'p Layout,
    plan: Plan,
}

impl Planner<'_, '_> {
    fn guard(&mut self, guard: &Guard) -> Result<()> {
        let (key, found, holds) = match guard {
            Guard::Unchanged { unit, since } => {
                let found = self.survey.generations.get(unit).copied();
                let holds = found.is_none_or(|found| found <= *since);
                self.plan.seen_units.insert(unit.clone());
                (self.layout.generation(unit), found, holds)
            }
            Guard::Absent(path) | Guard::Revision(path, _) | Guard::Value(path, _) => {
                let leaf = self.survey.leaves.get(path.as_str());
                let holds = match (guard, leaf) {
                    (Guard::Absent(_) | Guard::Revision(_, 0), leaf) => leaf.is_none(),
                    (Guard::Revision(_, wanted), Some(leaf)) => leaf.modified == *wanted,
                    (Guard::Value(_, wanted), Some(leaf)) => leaf.value == wanted.as_bytes(),
                    _ => false,
                };
                self.saw(path.as_str());
                (self.layout.key(path.as_str()), leaf.map(|leaf| leaf.modified), holds)
            }
        };
        if !holds {
            return Err(refusals::guard(guard, found));
        }
        self.plan.guards.insert(Fact::Key(key, found.unwrap_or_default()));
        Ok(())
    }

    fn put(&mut self, index: usize, put: &Put<'_>) -> Result<()> {
        let path = put.path.as_str();
        let found = if let Some(tree) = self.work.tree_of(path) {
            self.check_above(path, tree.top.as_str())?;
            self.survey.contents.get(tree.top.as_str()).and_then(|content| content.get(path))
        } else if let Some(empty) = self.survey.empty_above(path) {
            // Nothing is there, and nothing can be in the way but what is above.
            self.check_above(path, empty)?;
            self.check_leaf(path, empty)?;
            self.empty(empty);
            self.saw(path);
            return self.change(index, put);
        } else {
            let found = self.survey.leaves.get(path);
            self.check_above(path, path)?;
            self.check_below(path, found)?;
            found
        };
        self.key(path, found);
        let same = |leaf: &Leaf| {
            leaf.value == put.value.as_bytes() && leaf.lease == put.lease.unwrap_or_default()
        };
        if found.is_some_and(same) {
            return Ok(());
        }
        self.change(index, put)
    }

    fn change(&mut self, index: usize, put: &Put<'_>) -> Result<()> {
        self.plan.puts.push(index);
        self.plan.tally.add(&put.path);
        Ok(())
    }

    /// No directory above `from` is a leaf that stays.
    fn check_above(&mut self, path: &str, from: &str) -> Result<()> {
        ancestors(from).try_for_each(|above| self.check_leaf(path, above))
    }

    /// `above` is no leaf that stays.
    fn check_leaf(&mut self, path: &str, above: &str) -> Result<()> {
        let leaf = self.survey.leaves.get(above);
        if leaf.is_some() && !self.work.deletes(above) {
            return Err(refusals::below_leaf(path, above));
        }
        self.key(above, leaf);
        Ok(())
    }

    /// Nothing stays below `path`, which becomes or is a leaf.
    fn check_below(&mut self, path: &str, found: Option<&Leaf>) -> Result<()> {
        if self.survey.below.get(path) != Some(&true) {
            // Whoever puts something below a leaf that is there meets the leaf.
            if found.is_none() {
                self.empty(path);
            }
            return Ok(());
        }
        let content = self.survey.contents.get(path);
        if !content.is_some_and(|content| content.keys().all(|below| self.work.deletes(below))) {
            return Err(refusals::on_directory(path));
        }
        self.still(self.layout.below(path));
        Ok(())
    }

    fn delete(&mut self, path: &str) {
        let leaf = self.survey.leaves.get(path);
        self.key(path, leaf);
        if leaf.is_some() {
            self.plan.deleted.push(self.layout.key(path));
            self.plan.tally.add(path);
        }
    }

    fn tree(&mut self, tree: &Tree<'_>) {
        let top = tree.top.as_str();
        if tree.by_key {
            self.still(self.layout.subtree(tree.top));
            for path in self.survey.contents.get(top).into_iter().flat_map(|c| c.keys()) {
                self.saw(path);
                if self.work.puts.binary_search_by(|put| put.path.cmp(path)).is_err() {
                    self.plan.deleted.push(self.layout.key(path));
                    self.plan.tally.add(path);
                }
            }
            return;
        }
        self.saw(top);
        let Some(head) = self.survey.heads.get(top).filter(|head| head.count > 0) else {
            self.key(top, None);
            self.empty(top);
            return;
        };
        // What comes into the tree meanwhile goes with it. But after it has gone
        // the same transaction must not succeed again: its first key was there.
        let first = head.first.iter().find(|(path, _)| !path.is_empty());
        if let Some((path, revision)) = first {
            self.plan.facts.insert(Fact::Key(self.layout.key(path), *revision));
        } else {
            self.still(self.layout.subtree(tree.top));
        }
        self.plan.spans.extend(head.spans.iter().cloned());
        let named = head.first.iter().filter(|(path, _)| !path.is_empty());
        let before = self.plan.tally.changed;
        named.for_each(|(path, _)| self.plan.tally.add(path));
        self.plan.tally.changed = before + head.count;
        self.plan.tally.units.extend(crate::store::commit::unit_of(top).map(str::to_owned));
    }

    fn key(&mut self, path: &str, found: Option<&Leaf>) {
        self.saw(path);
        let modified = found.map_or(0, |leaf| leaf.modified);
        self.plan.facts.insert(Fact::Key(self.layout.key(path), modified));
    }

    fn empty(&mut self, directory: &str) {
        for span in self.layout.below(directory) {
            let to = span.to.unwrap_or_default();
            self.plan.facts.insert(Fact::Empty(span.from, to));
        }
    }

    fn still(&mut self, spans: Vec<Span>) {
        for span in spans {
            let to = span.to.unwrap_or_else(|| [&span.from[..], b"\0"].concat());
            self.plan.facts.insert(Fact::Still(span.from, to));
        }
    }

    fn saw(&mut self, path: &str) {
        if let Some(unit) = crate::store::commit::unit_of(path)
            && !self.plan.seen_units.contains(unit)
        {
            self.plan.seen_units.insert(unit.to_owned());
        }
    }
}

impl Plan {
    /// Whether the commit changes anything.
    pub(super) fn changes_nothing(&self) -> bool {
        self.puts.is_empty() && self.deleted.is_empty() && self.spans.is_empty()
    }
}
