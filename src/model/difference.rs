//! The difference of two trees: which leaves are new, gone, or have another value.
//!
//! In JSON it is a list of objects with `path`, `was` and `now`, sorted by path;
//! `was` is null for a new leaf, `now` for one that is gone.

use std::collections::BTreeMap;
use std::iter::Peekable;

use serde::Serialize;

use super::path::Path;

/// What a secret is shown as.
const MASK: &str = "********";

/// Real differences only, sorted bytewise by path, each path once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Difference {
    entries: Vec<Entry>,
}

/// One leaf that differs; never the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub path: Path,
    /// None for a leaf that is new.
    pub was: Option<String>,
    /// None for a leaf that is gone.
    pub now: Option<String>,
}

/// What became of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    New,
    Changed,
    Gone,
}

/// How many leaves are new, changed and gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub new: usize,
    pub changed: usize,
    pub gone: usize,
}

impl Entry {
    /// What became of it.
    pub fn kind(&self) -> Kind {
        match (&self.was, &self.now) {
            (None, _) => Kind::New,
            (_, None) => Kind::Gone,
            _ => Kind::Changed,
        }
    }
}

impl Difference {
    /// What is otherwise in `after` than in `before`; both sorted by path, each
    /// path at most once.
    pub fn between(
        before: impl IntoIterator<Item = (Path, String)>,
        after: impl IntoIterator<Item = (Path, String)>,
    ) -> Difference {
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        let mut entries = Vec::new();
        while let Some(entry) = next(&mut before, &mut after) {
            if entry.was != entry.now {
                entries.push(entry);
            }
        }
        Difference { entries }
    }

    /// What changes make of the leaves that are there: `deleted` and
    /// `deleted_trees` go first, then `puts` are set, as in a commit.
    ///
    /// `there` needs to hold the leaves that the changes are about; others may
    /// be among them.
    pub fn of(
        there: BTreeMap<Path, String>,
        puts: BTreeMap<Path, String>,
        deleted: &[Path],
        deleted_trees: &[Path],
    ) -> Difference {
        let gone = |path: &Path| {
            deleted.contains(path) || deleted_trees.iter().any(|top| top.contains(path))
        };
        let mut after: BTreeMap<Path, String> = there
            .iter()
            .filter(|(path, _)| !gone(path))
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect();
        after.extend(puts);
        Difference::between(there, after)
    }

    /// The leaves that differ, sorted bytewise by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether both trees are the same.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many leaves there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            match entry.kind() {
                Kind::New => counts.new += 1,
                Kind::Changed => counts.changed += 1,
                Kind::Gone => counts.gone += 1,
            }
        }
        counts
    }

    /// Puts stars in place of the values of secrets; empty values stay, as they
    /// tell nothing.
    pub fn mask(&mut self, is_secret: impl Fn(&Path) -> bool) {
        for entry in self.entries.iter_mut().filter(|entry| is_secret(&entry.path)) {
            let values = entry.was.iter_mut().chain(&mut entry.now);
            values.filter(|value| !value.is_empty()).for_each(|value| MASK.clone_into(value));
        }
    }

    /// Leaves out what nobody wants to see.
    pub fn retain(&mut self, wanted: impl Fn(&Path) -> bool) {
        self.entries.retain(|entry| wanted(&entry.path));
    }
}

/// The next path of both trees, with its value in each.
fn next<A, B>(before: &mut Peekable<A>, after: &mut Peekable<B>) -> Option<Entry>
where
    A: Iterator<Item = (Path, String)>,
    B: Iterator<Item = (Path, String)>,
{
    let first = match (before.peek(), after.peek()) {
        (Some((one, _)), Some((other, _))) => one.min(other).clone(),
        (Some((path, _)), None) | (None, Some((path, _))) => path.clone(),
        (None, None) => return None,
    };
    let was = before.next_if(|(path, _)| *path == first).map(|(_, value)| value);
    let now = after.next_if(|(path, _)| *path == first).map(|(_, value)| value);
    Some(Entry { path: first, was, now })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn tree(leaves: &[(&str, &str)]) -> BTreeMap<Path, String> {
        leaves.iter().map(|(text, value)| (path(text), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        let there = tree(&[("/a/same", "1"), ("/a/old", "1"), ("/b/x", "1"), ("/b-c", "1")]);
        let puts = tree(&[("/a/same", "1"), ("/a/new", "2"), ("/a/old", "3"), ("/b/x", "1")]);
        let mut difference = Difference::of(there, puts, &[path("/b-c")], &[path("/b")]);
        let json = serde_json::to_string(&difference).unwrap();
        let new = r#"{"path":"/a/new","was":null,"now":"2"}"#;
        let changed = r#"{"path":"/a/old","was":"1","now":"3"}"#;
        let gone = r#"{"path":"/b-c","was":"1","now":null}"#;
        assert_eq!(json, format!("[{new},{changed},{gone}]"));
        assert_eq!(difference.counts(), Counts { new: 1, changed: 1, gone: 1 });
        difference.mask(|path| path.name() == Some("old"));
        let stars = difference.entries().iter().filter(|entry| entry.was.as_deref() == Some(MASK));
        assert_eq!(stars.count(), 1);
    }

    #[test]
    fn nothing_differs_from_itself() {
        let same = tree(&[("/a", "1"), ("/b", "")]);
        assert!(Difference::between(same.clone(), same).is_empty());
    }

    /// Makes of the old tree what the difference says.
    fn applied(
        mut tree: BTreeMap<Path, String>,
        difference: &Difference,
    ) -> BTreeMap<Path, String> {
        for entry in difference.entries() {
            assert_eq!(tree.remove(&entry.path), entry.was);
            assert_ne!(entry.was, entry.now);
            tree.extend(entry.now.clone().map(|now| (entry.path.clone(), now)));
        }
        tree
    }

    proptest! {
        #[test]
        fn applied_to_the_old_tree_it_gives_the_new_one(
            before in prop::collection::btree_map("(/[a-c-]{1,2}){1,3}", "[ab]{0,1}", 0..20),
            puts in prop::collection::btree_map("(/[a-c-]{1,2}){1,3}", "[ab]{0,1}", 0..10),
            deleted in prop::collection::vec("(/[a-c-]{1,2}){1,3}", 0..5),
            trees in prop::collection::vec("(/[a-c-]{1,2}){1,2}", 0..3),
        ) {
            let owned = |tree: &BTreeMap<String, String>| -> BTreeMap<Path, String> {
                tree.iter().map(|(text, value)| (path(text), value.clone())).collect()
            };
            let paths = |texts: &[String]| texts.iter().map(|text| path(text)).collect::<Vec<_>>();
            let (before, puts) = (owned(&before), owned(&puts));
            let (deleted, trees) = (paths(&deleted), paths(&trees));
            let mut after = before.clone();
            after.retain(|path, _| {
                !deleted.contains(path) && !trees.iter().any(|top| top.contains(path))
            });
            after.extend(puts.clone());
            let difference = Difference::of(before.clone(), puts, &deleted, &trees);
            prop_assert!(difference.entries().is_sorted_by(|one, next| one.path < next.path));
            prop_assert_eq!(&difference, &Difference::between(before.clone(), after.clone()));
            prop_assert_eq!(applied(before, &difference), after);
        }
    }
}
