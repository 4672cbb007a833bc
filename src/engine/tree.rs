//! The whole tree at one revision; cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chunk::Entry;
use super::directory::{Clash, Directory, Found};
use crate::model::mapping;
use crate::model::path::Path;
use crate::store::{Changed, Revision};

#[derive(Clone, Default)]
pub(super) struct Tree {
    root: Arc<Directory>,
    /// The leaves that foreign writers have put where directories are, to be seen
    /// again when these are empty.
    hidden: Arc<Hidden>,
}

/// Values by their paths.
pub(super) type Hidden = BTreeMap<String, String>;

/// One leaf in which two trees differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) path: String,
    /// What is there in the second tree; none where it is gone.
    pub(super) value: Option<String>,
}

impl Tree {
    /// What is at `path`, and when anything at or below it changed last.
    pub(super) fn find(&self, path: &Path) -> (Found<'_>, Revision) {
        match path.as_str().strip_prefix('/').unwrap_or_default() {
            "" => (Found::Directory(&self.root), self.root.changed()),
            below => self.root.find(below),
        }
    }

    /// Takes in a leaf of a read. Metactl's own records are nobody's to see
    /// here and are left out, as they are in [`Tree::apply`].
    pub(super) fn put(&mut self, path: &str, value: &str, revision: Revision) {
        let Some(below) = path.strip_prefix('/').filter(|_| is_served(path)) else { return };
        let (path, value) = match Arc::make_mut(&mut self.root).put(below, value, revision) {
            None => return,
            Some(Clash::KeptOut) => (path, value.to_owned()),
            Some(Clash::Covered { value, below }) => {
                (path.get(..path.len() - below - 1).unwrap_or_default(), value)
            }
        };
        Arc::make_mut(&mut self.hidden).insert(path.to_owned(), value);
    }

    /// Applies a commit. What is deleted goes first, to make room.
    pub(super) fn apply(&mut self, changes: &[Changed], revision: Revision) {
        let served = || changes.iter().filter(|change| is_served(change.path.as_str()));
        for change in served().filter(|change| change.value.is_none()) {
            self.delete(change.path.as_str(), revision);
        }
        for change in served() {
            if let Some(value) = &change.value {
                self.put(change.path.as_str(), value, revision);
            }
        }
    }

    /// Applies what [`Tree::difference`] has found, as if it had come by one commit;
    /// `hidden` is of the tree it was compared with.
    pub(super) fn adopt(
        &mut self,
        differences: &[Difference],
        hidden: Arc<Hidden>,
        revision: Revision,
    ) {
        self.hidden = Arc::default();
        for gone in differences.iter().filter(|difference| difference.value.is_none()) {
            self.delete(&gone.path, revision);
        }
        for difference in differences {
            if let Some(value) = &difference.value {
                self.put(&difference.path, value, revision);
            }
        }
        self.hidden = hidden;
    }

    fn delete(&mut self, path: &str, revision: Revision) {
        let Some(below) = path.strip_prefix('/') else { return };
        Arc::make_mut(&mut self.root).delete(below, revision);
        if self.hidden.contains_key(path) {
            Arc::make_mut(&mut self.hidden).remove(path);
        } else if !self.hidden.is_empty() {
            self.uncover(path, revision);
        }
    }

    /// Shows the leaf that a directory above `path` has hidden, if that is gone.
    fn uncover(&mut self, path: &str, revision: Revision) {
        let mut path = path;
        while let Some((above, _)) = path.rsplit_once('/') {
            path = above;
            let below = above.strip_prefix('/').unwrap_or_default();
            if self.hidden.contains_key(above)
                && matches!(self.root.find(below).0, Found::Nothing)
                && let Some(value) = Arc::make_mut(&mut self.hidden).remove(above)
            {
                return self.put(above, &value, revision);
            }
        }
    }

    /// The leaves that are not seen.
    pub(super) fn hidden(&self) -> &Arc<Hidden> {
        &self.hidden
    }

    /// The leaves in which `other` differs from this tree.
    pub(super) fn difference(&self, other: &Tree) -> Vec<Difference> {
        let mut found = Vec::new();
        compare(&mut String::new(), &self.root, &other.root, &mut found);
        found
    }

    /// Gives back the room that loading has left.
    pub(super) fn shrink(&mut self) {
        Arc::make_mut(&mut self.root).shrink();
    }

    /// Calls `each` with path and value of every leaf.
    pub(super) fn each_leaf(&self, each: &mut dyn FnMut(&str, &str)) {
        walk(&mut String::new(), &self.root, each);
    }

    /// About the bytes it takes, and how many leaves there are.
    pub(super) fn size(&self) -> (usize, usize) {
        self.root.size()
    }
}

fn is_served(path: &str) -> bool {
    mapping::below(path, "/_metactl").is_none()
}

/// Calls `each` for all leaves below; `path` is where `directory` is.
pub(super) fn walk(path: &mut String, directory: &Directory, each: &mut dyn FnMut(&str, &str)) {
    let length = path.len();
    for (name, entry) in directory.entries() {
        path.push('/');
        path.push_str(name);
        match entry {
            Entry::Leaf { value, .. } => each(path, value),
            Entry::Directory(below) => walk(path, below, each),
            Entry::Gone { .. } => {}
        }
        path.truncate(length);
    }
}

fn compare(path: &mut String, old: &Directory, new: &Directory, found: &mut Vec<Difference>) {
    let live = |entry: &(&str, Entry<'_>)| !matches!(entry.1, Entry::Gone { .. });
    let mut olds = old.entries().filter(live).peekable();
    let mut news = new.entries().filter(live).peekable();
    let length = path.len();
    loop {
        let name = match (olds.peek(), news.peek()) {
            (None, None) => return,
            (Some((old, _)), Some((new, _))) => (*old).min(*new),
            (Some((name, _)), None) | (None, Some((name, _))) => *name,
        };
        let before = olds.next_if(|(one, _)| *one == name).map(|(_, entry)| entry);
        let after = news.next_if(|(one, _)| *one == name).map(|(_, entry)| entry);
        path.push('/');
        path.push_str(name);
        compare_entries(path, before, after, found);
        path.truncate(length);
    }
}

fn compare_entries(
    path: &mut String,
    before: Option<Entry<'_>>,
    after: Option<Entry<'_>>,
    found: &mut Vec<Difference>,
) {
    match (before, after) {
        (Some(Entry::Directory(old)), Some(Entry::Directory(new))) => {
            return compare(path, old, new, found);
        }
        (Some(Entry::Leaf { value: old, .. }), Some(Entry::Leaf { value: new, .. })) => {
            if old != new {
                found.push(Difference { path: path.clone(), value: Some(new.to_owned()) });
            }
            return;
        }
        _ => {}
    }
    match before {
        Some(Entry::Leaf { .. }) => found.push(Difference { path: path.clone(), value: None }),
        Some(Entry::Directory(old)) => walk(path, old, &mut |path, _| {
            found.push(Difference { path: path.to_owned(), value: None });
        }),
        _ => {}
    }
    match after {
        Some(Entry::Leaf { value, .. }) => {
            found.push(Difference { path: path.clone(), value: Some(value.to_owned()) });
        }
        Some(Entry::Directory(new)) => walk(path, new, &mut |path, value| {
            found.push(Difference { path: path.to_owned(), value: Some(value.to_owned()) });
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Model = BTreeMap<String, String>;

    /// What is seen of it: a leaf that is a directory, too, is not.
    fn seen(model: &Model) -> Model {
        let inside = |a: &str, b: &str| b.strip_prefix(a).is_some_and(|r| r.starts_with('/'));
        let hidden = |path: &str| model.keys().any(|other| inside(path, other));
        model
            .iter()
            .filter(|(path, _)| !hidden(path))
            .map(|(p, v)| (p.clone(), v.clone()))
            .collect()
    }

    fn all(tree: &Tree) -> Model {
        let mut found = Model::new();
        tree.each_leaf(&mut |path, value| {
            found.insert(path.to_owned(), value.to_owned());
        });
        found
    }

    /// When anything at or below a path changed last, by the steps themselves.
    fn changed(steps: &[(String, Revision)], path: &str) -> Revision {
        let at_or_below = |step: &str| mapping::below(step, path).is_some();
        steps.iter().filter(|(step, _)| at_or_below(step)).map(|(_, at)| *at).max().unwrap_or(0)
    }

    fn steps() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
        let path = "(/[a-c]{1,2}){1,4}";
        proptest::collection::vec((path, proptest::option::weighted(0.6, "[xy]{0,9}")), 0..120)
    }

    /// Host records as clusters have them, and the mapping of each host.
    fn hosts(count: usize) -> Model {
        let keys = ["ip", "mac", "sid", "gid", "gsid", "node_id", "instance_id", "cpu", "memory"];
        let links = ["host", "hosts", "cluster", "env", "adding-hosts", "deleting-hosts", "cmd"];
        let mut all = Model::new();
        for number in 0..count {
            let cluster = format!("/cl-{:08}", number / 50);
            let record = format!("{cluster}/hosts/worker/i-{number:08}");
            let ip = format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255);
            for key in keys {
                all.insert(format!("{record}/{key}"), format!("{:08}", number * key.len()));
            }
            for link in links {
                let path = format!("/_metad/mapping/default/{ip}/{link}");
                all.insert(path, format!("{cluster}/{link}"));
            }
        }
        all
    }

    #[test]
    fn a_tree_takes_about_what_its_text_takes() {
        let model = hosts(2_000);
        let mut tree = Tree::default();
        model.iter().for_each(|(path, value)| tree.put(path, value, 0));
        tree.shrink();
        let text: usize = model.iter().map(|(path, value)| path.len() + value.len()).sum();
        let (bytes, leaves) = tree.size();
        assert_eq!(leaves, model.len());
        assert!(bytes < text * 3 / 2, "{bytes} bytes for {text} bytes of text");
    }

    proptest! {
        #[test]
        fn a_tree_is_what_its_steps_make_it(steps in steps()) {
            let (mut tree, mut model) = (Tree::default(), Model::new());
            let (mut done, mut kept) = (Vec::new(), Vec::new());
            for (index, (path, value)) in steps.into_iter().enumerate() {
                let revision = index as Revision + 1;
                match value {
                    Some(value) => {
                        tree.put(&path, &value, revision);
                        model.insert(path.clone(), value);
                    }
                    None if model.remove(&path).is_some() => tree.delete(&path, revision),
                    _ => continue,
                }
                done.push((path, revision));
                if index % 7 == 0 {
                    kept.push((tree.clone(), seen(&model)));
                }
            }
            prop_assert_eq!(&all(&tree), &seen(&model));
            for (path, _) in &done {
                let path = Path::parse(path).unwrap();
                for at in path.ancestors().chain([path.as_str(), "/zz"]) {
                    let known = tree.find(&Path::parse(at).unwrap()).1;
                    // Never older than the truth; and exact for what is there.
                    prop_assert!(known >= changed(&done, at), "{at}");
                    if model.contains_key(at) {
                        prop_assert_eq!(known, changed(&done, at));
                    }
                }
            }
            // What a snapshot holds is not touched by what comes after it.
            for (old, model) in &kept {
                prop_assert_eq!(&all(old), model);
                let mut new = old.clone();
                new.adopt(&old.difference(&tree), Arc::clone(tree.hidden()), 1_000);
                prop_assert_eq!(all(&new), all(&tree));
                prop_assert_eq!(new.hidden(), tree.hidden());
            }
        }

        #[test]
        fn large_directories_are_as_small_ones(names in proptest::collection::vec("[a-z]{1,3}", 1..400)) {
            let (mut tree, mut model) = (Tree::default(), Model::new());
            for (index, name) in names.iter().enumerate() {
                let path = format!("/d/{name}");
                if index % 3 == 2 && model.remove(&path).is_some() {
                    tree.delete(&path, index as Revision);
                } else {
                    tree.put(&path, name, index as Revision);
                    model.insert(path, name.clone());
                }
            }
            prop_assert_eq!(all(&tree), model);
            let listed = |tree: &Tree| {
                let mut names = Vec::new();
                tree.each_leaf(&mut |path, _| names.push(path.to_owned()));
                names
            };
            prop_assert!(listed(&tree).is_sorted());
            let before = all(&tree);
            tree.shrink();
            prop_assert_eq!(all(&tree), before);
        }
    }
}
