//! What a watcher has been told so far: path → revision and hash, never the values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::path::Path;
use crate::store::Revision;

/// What is remembered of one value: 16 bytes, whatever its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Revision, u64)", into = "(Revision, u64)")]
pub struct Known {
    /// The revision that wrote it.
    pub revision: Revision,
    /// The first 64 bits of the value's SHA-256: kept in files, so it may never change.
    pub hash: u64,
}

impl Known {
    pub fn new(revision: Revision, value: &str) -> Known {
        let digest = Sha256::digest(value.as_bytes());
        let hash = digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
        Known { revision, hash }
    }
}

impl From<(Revision, u64)> for Known {
    fn from((revision, hash): (Revision, u64)) -> Known {
        Known { revision, hash }
    }
}

impl From<Known> for (Revision, u64) {
    fn from(known: Known) -> (Revision, u64) {
        (known.revision, known.hash)
    }
}

/// All paths of a view with what is known of their values.
#[derive(Debug, Clone, Default)]
pub struct State {
    keys: BTreeMap<Path, (Known, Round)>,
    round: Round,
}

/// Which comparison has last seen a key; those it has not seen are gone.
type Round = u32;

impl State {
    pub fn new(keys: impl IntoIterator<Item = (Path, Known)>) -> State {
        let keys = keys.into_iter().map(|(path, known)| (path, (known, 0))).collect();
        State { keys, round: 0 }
    }

    /// How many paths the view has.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The paths, sorted, with what is known.
    pub fn known(&self) -> impl Iterator<Item = (&Path, Known)> {
        self.keys.iter().map(|(path, (known, _))| (path, *known))
    }

    /// Takes in a value; false when it is the one that was there.
    pub fn put(&mut self, path: &Path, known: Known) -> bool {
        let before = self.keys.insert(path.clone(), (known, self.round));
        before.is_none_or(|(before, _)| before.hash != known.hash)
    }

    /// Takes in that the path is gone; false when it was not there.
    pub fn delete(&mut self, path: &Path) -> bool {
        self.keys.remove(path).is_some()
    }

    /// Begins a comparison with a state that is about to be read.
    pub fn compare(&mut self) -> Comparison<'_> {
        self.round = self.round.wrapping_add(1);
        Comparison { state: self, changed: Vec::new() }
    }
}

/// One path in which two states differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: Path,
    /// The new value and the revision that wrote it; none when the path is gone.
    pub now: Option<(String, Revision)>,
}

/// A comparison under way. Dropped unfinished, it leaves the state's content as it was.
#[derive(Debug)]
pub struct Comparison<'a> {
    state: &'a mut State,
    changed: Vec<(Path, String, Known)>,
}

impl Comparison<'_> {
    /// Shows one path of the new state. Each path once.
    pub fn see(&mut self, path: Path, value: &str, revision: Revision) {
        let known = Known::new(revision, value);
        let round = self.state.round;
        match self.state.keys.get_mut(&path) {
            Some((before, seen)) => {
                *seen = round;
                if before.hash == known.hash {
                    before.revision = revision;
                } else {
                    self.changed.push((path, value.to_owned(), known));
                }
            }
            None => self.changed.push((path, value.to_owned(), known)),
        }
    }

    /// Makes the new state the present one, and returns in what they differ, by path.
    pub fn finish(self) -> Vec<Difference> {
        let Comparison { state, changed } = self;
        let round = state.round;
        let mut differences: Vec<Difference> = state
            .keys
            .extract_if(.., |_, (_, seen)| *seen != round)
            .map(|(path, _)| Difference { path, now: None })
            .collect();
        for (path, value, known) in changed {
            state.keys.insert(path.clone(), (known, round));
            differences.push(Difference { path, now: Some((value, known.revision)) });
        }
        differences.sort_by(|left, right| left.path.cmp(&right.path));
        differences
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    type Tree = BTreeMap<Path, String>;

    fn trees() -> impl Strategy<Value = Tree> {
        btree_map("/[ab]/[a-d]".prop_map(|text| Path::parse(&text).unwrap()), "[xy]", 0..8)
    }

    fn remembered(tree: &Tree) -> State {
        State::new(tree.iter().map(|(path, value)| (path.clone(), Known::new(1, value))))
    }

    fn hashes(state: &State) -> Vec<(Path, u64)> {
        state.known().map(|(path, known)| (path.clone(), known.hash)).collect()
    }

    #[test]
    fn the_hash_is_the_one_that_files_hold() {
        assert_eq!(Known::new(3, "").hash, 0xe3b0_c442_98fc_1c14);
        assert_eq!(Known::new(3, "abc").hash, 0xba78_16bf_8f01_cfea);
    }

    proptest! {
        #[test]
        fn a_difference_names_each_differing_path_once_and_no_other(old in trees(), new in trees()) {
            let mut state = remembered(&old);
            let mut comparison = state.compare();
            for (path, value) in &new {
                comparison.see(path.clone(), value, 2);
            }
            let differences = comparison.finish();
            let mut replayed = old.clone();
            let mut paths = Vec::new();
            for Difference { path, now } in differences {
                prop_assert_ne!(old.get(&path), now.as_ref().map(|(value, _)| value));
                match now {
                    Some((value, _)) => replayed.insert(path.clone(), value),
                    None => replayed.remove(&path),
                };
                paths.push(path);
            }
            prop_assert!(paths.is_sorted_by(|left, right| left < right));
            prop_assert_eq!(&replayed, &new);
            prop_assert_eq!(hashes(&state), hashes(&remembered(&new)));
        }

        #[test]
        fn an_unfinished_comparison_changes_nothing(old in trees(), new in trees()) {
            let mut state = remembered(&old);
            let mut unfinished = state.compare();
            for (path, value) in &new {
                unfinished.see(path.clone(), value, 2);
            }
            drop(unfinished);
            prop_assert_eq!(hashes(&state), hashes(&remembered(&old)));
            let mut again = state.compare();
            for (path, value) in &new {
                again.see(path.clone(), value, 2);
            }
            again.finish();
            prop_assert_eq!(hashes(&state), hashes(&remembered(&new)));
        }

        #[test]
        fn steps_report_exactly_what_changes(old in trees(), steps in proptest::collection::vec(("/[ab]/[a-d]", proptest::option::of("[xy]")), 0..20)) {
            let mut model = old.clone();
            let mut state = remembered(&old);
            for (path, value) in steps {
                let path = Path::parse(&path).unwrap();
                match value {
                    Some(value) => {
                        let changed = model.insert(path.clone(), value.clone()).as_ref() != Some(&value);
                        prop_assert_eq!(state.put(&path, Known::new(2, &value)), changed);
                    }
                    None => prop_assert_eq!(state.delete(&path), model.remove(&path).is_some()),
                }
            }
            prop_assert_eq!(hashes(&state), hashes(&remembered(&model)));
        }
    }
}
