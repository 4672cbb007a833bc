//! The states that a server has told, each with a revision of ours.
//!
//! The protocol has no revisions: a state has an ETag, and what was before is not
//! known. A new state gets the time as its revision, so that a revision of an
//! earlier run is never taken for one of this.

use std::collections::{BTreeMap, VecDeque};

use super::store::is_self;
use crate::error::{Error, Kind, Result};
use crate::model::gce::leaves::Leaves;
use crate::model::path::Path;
use crate::store::commit::now_ms;
use crate::store::{Changed, Item, Revised, Revision};

/// How many states are kept: what a reader who follows the changes looks at.
const KEPT: usize = 16;

/// The newest states, oldest first.
#[derive(Default)]
pub(super) struct History(VecDeque<State>);

/// The tree at one moment.
#[derive(Clone)]
pub(super) struct State {
    pub(super) revision: Revision,
    pub(super) etag: String,
    pub(super) leaves: BTreeMap<Path, Leaf>,
}

/// One value, with the revisions that brought it.
#[derive(Clone)]
pub(super) struct Leaf {
    pub(super) value: String,
    created: Revision,
    changed: Revision,
}

impl History {
    /// Takes in what a server has told, and returns its revision.
    pub(super) fn take(&mut self, etag: String, leaves: Leaves) -> Revision {
        let last = self.0.back();
        if let Some(last) = last.filter(|last| last.etag == etag) {
            return last.revision;
        }
        let now = u64::try_from(now_ms()).unwrap_or(1);
        let revision = last.map_or(now, |last| now.max(last.revision + 1));
        let known = |path: &Path| last.and_then(|last| last.leaves.get(path));
        let leaves = leaves.into_iter().map(|(path, value)| {
            let leaf = match known(&path) {
                Some(before) if before.value == value => before.clone(),
                before => {
                    let created = before.map_or(revision, |before| before.created);
                    Leaf { value, created, changed: revision }
                }
            };
            (path, leaf)
        });
        let state = State { revision, etag, leaves: leaves.collect() };
        self.0.push_back(state);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
        revision
    }

    /// The newest state.
    pub(super) fn newest(&self) -> Option<&State> {
        self.0.back()
    }

    /// The oldest revision that can be read.
    pub(super) fn oldest(&self) -> Revision {
        self.0.front().map_or(0, |oldest| oldest.revision)
    }

    /// The state right after `revision`.
    pub(super) fn at(&self, revision: Revision) -> Result<&State> {
        let newest = self.newest().map_or(0, |state| state.revision);
        if revision > newest {
            let message = format!("revision {revision} has not happened; the newest is {newest}");
            return Err(Error::invalid(message));
        }
        let state = self.0.iter().rev().find(|state| state.revision <= revision);
        state.ok_or_else(|| compacted(revision, self.oldest()))
    }

    /// The first change after `revision` in `subtrees`; none when there was none.
    pub(super) fn after(&self, revision: Revision, subtrees: &[Path]) -> Result<Option<Revised>> {
        let mut before = self.at(revision)?;
        for state in self.0.iter().filter(|state| state.revision > revision) {
            let changes = difference(before, state, subtrees);
            if !changes.is_empty() {
                return Ok(Some(Revised { revision: state.revision, note: None, changes }));
            }
            before = state;
        }
        Ok(None)
    }
}

fn compacted(revision: Revision, oldest: Revision) -> Error {
    let message = format!("revision {revision} is no longer kept; the oldest is {oldest}");
    Error::new(Kind::Compacted, message)
        .hint("Leave out `--rev`: a metadata server of Google's protocol tells its present state")
}

fn difference(before: &State, after: &State, subtrees: &[Path]) -> Vec<Changed> {
    let meant = |path: &Path| {
        subtrees.iter().any(|top| top.contains(path) && !(top.is_root() && is_self(path)))
    };
    let value = |leaf: &Leaf| leaf.value.clone();
    let gone = before.leaves.iter().filter(|(path, _)| !after.leaves.contains_key(*path)).map(
        |(path, leaf)| Changed {
            path: path.clone(),
            previous: Some(value(leaf)),
            value: None,
            lease: None,
        },
    );
    let put = after.leaves.iter().filter(|(_, leaf)| leaf.changed > before.revision).map(
        |(path, leaf)| Changed {
            path: path.clone(),
            previous: before.leaves.get(path).map(value),
            value: Some(value(leaf)),
            lease: None,
        },
    );
    let mut changes: Vec<_> = gone.chain(put).filter(|change| meant(&change.path)).collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

impl Leaf {
    /// The leaf as a read hands it out.
    pub(super) fn item<'a>(&'a self, path: &'a Path) -> Item<'a> {
        Item {
            path: path.as_str(),
            value: &self.value,
            create_revision: self.created,
            mod_revision: self.changed,
            lease: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(text: &str) -> Leaves {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(path, value)| (Path::parse(path).unwrap(), value.to_owned())).collect()
    }

    #[test]
    fn a_state_that_is_told_again_is_no_change() {
        let mut history = History::default();
        let one = history.take("e1".to_owned(), leaves("/a=1"));
        assert_eq!(history.take("e1".to_owned(), leaves("/a=1")), one);
        let two = history.take("e2".to_owned(), leaves("/a=1 /b=1"));
        assert!(two > one);
        let leaf = &history.at(two).unwrap().leaves[&Path::parse("/a").unwrap()];
        assert_eq!((leaf.created, leaf.changed), (one, one));
    }

    #[test]
    fn changes_are_told_once_and_where_they_are_watched() {
        let mut history = History::default();
        let one = history.take("e1".to_owned(), leaves("/a/x=1 /a/y=1 /b=1"));
        let two = history.take("e2".to_owned(), leaves("/a/x=1 /a/y=1 /b=2"));
        let three = history.take("e3".to_owned(), leaves("/a/y=2 /a/z=1 /b=2"));
        let told = history.after(one, &[Path::parse("/a").unwrap()]).unwrap().unwrap();
        assert_eq!(told.revision, three);
        let shown: Vec<_> = told
            .changes
            .iter()
            .map(|change| format!("{} {:?} {:?}", change.path, change.previous, change.value))
            .collect();
        assert_eq!(
            shown,
            [r#"/a/x Some("1") None"#, r#"/a/y Some("1") Some("2")"#, r#"/a/z None Some("1")"#]
        );
        assert_eq!(history.after(one, &[Path::root()]).unwrap().unwrap().revision, two);
        assert!(history.after(three, &[Path::root()]).unwrap().is_none());
    }

    #[test]
    fn what_is_too_old_or_has_not_happened_is_said() {
        let mut history = History::default();
        let first = history.take("e".to_owned(), leaves("/a=1"));
        for number in 0..KEPT {
            history.take(number.to_string(), leaves(&format!("/a=x{number}")));
        }
        assert_eq!(history.at(first).map(|_| ()).unwrap_err().kind(), Kind::Compacted);
        assert_eq!(history.at(u64::MAX).map(|_| ()).unwrap_err().kind(), Kind::Invalid);
        assert!(history.at(history.oldest()).is_ok());
    }
}
