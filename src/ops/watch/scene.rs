//! Where the watched paths are stored, and what that depends on.

use crate::model::path::Path;
use crate::ops::view::{Piece, Resolved};
use crate::store::{Revised, What};

use super::change::{Change, Stamp};
use super::state::{Known, State};

/// The asked paths as they are stored at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// Sorted by `asked`; what another piece shows already is left out.
    pieces: Vec<Piece>,
    /// Where a change can lead to other pieces.
    depends: Vec<Path>,
}

impl Scene {
    /// Of what the asked paths stand for.
    pub fn new(resolved: Vec<Resolved>) -> Scene {
        let (mut all, mut depends) = (Vec::new(), Vec::new());
        for one in resolved {
            all.extend(one.pieces);
            depends.extend(one.depends);
        }
        all.sort_by(|left, right| left.asked.cmp(&right.asked));
        depends.sort();
        depends.dedup();
        let mut pieces: Vec<Piece> = Vec::with_capacity(all.len());
        for piece in all {
            let shown = |other: &Piece| {
                other.appears(piece.real.as_str()).as_deref() == Some(piece.asked.as_str())
            };
            if !pieces.iter().any(shown) {
                pieces.push(piece);
            }
        }
        Scene { pieces, depends }
    }

    /// What to read to see all of it, every leaf once.
    pub fn what(&self) -> Vec<What> {
        outermost(self.reals()).into_iter().map(What::Subtree).collect()
    }

    /// The subtrees to watch, none inside another.
    pub fn subtrees(&self) -> Vec<Path> {
        outermost(self.reals().chain(&self.depends))
    }

    fn reals(&self) -> impl Iterator<Item = &Path> {
        self.pieces.iter().map(|piece| &piece.real)
    }

    /// Whether a commit can have led the asked paths elsewhere.
    pub fn is_moved_by(&self, commit: &Revised) -> bool {
        commit.changes.iter().any(|change| self.depends.iter().any(|on| on.contains(&change.path)))
    }

    /// Where the stored path `real` appears, once for each asked path that shows it.
    pub fn appearances<'a>(&'a self, real: &'a str) -> impl Iterator<Item = Path> + 'a {
        self.pieces.iter().filter_map(move |piece| Path::from_stored(&piece.appears(real)?))
    }

    /// Where the asked path is stored.
    pub fn real(&self, asked: &Path) -> Option<Path> {
        self.pieces.iter().rev().find_map(|piece| {
            let below = piece.asked.relative(asked.as_str())?;
            let real = piece.real.join(below).ok()?;
            (piece.appears(real.as_str()).as_deref() == Some(asked.as_str())).then_some(real)
        })
    }

    /// What a commit changes in the view: `state` is brought up to it.
    pub fn apply(&self, commit: Revised, state: &mut State) -> Vec<Change> {
        let stamp = Stamp::of(commit.revision, commit.note.as_ref());
        let mut changes = Vec::new();
        for changed in commit.changes {
            for asked in self.appearances(changed.path.as_str()) {
                let is_change = match &changed.value {
                    Some(value) => state.put(&asked, Known::new(commit.revision, value)),
                    None => state.delete(&asked),
                };
                if is_change {
                    let real = Some(changed.path.clone());
                    let (value, previous) = (changed.value.clone(), changed.previous.clone());
                    changes.push(stamp.change(asked, real, value, previous));
                }
            }
        }
        changes.sort_by(|left, right| left.path.cmp(&right.path));
        changes
    }
}

/// The paths that lie in none of the others, sorted.
fn outermost<'a>(paths: impl Iterator<Item = &'a Path>) -> Vec<Path> {
    let mut all: Vec<&Path> = paths.collect();
    // A path sorts before what it contains, though not always right before it.
    all.sort();
    let mut tops: Vec<Path> = Vec::new();
    for path in all {
        if !tops.iter().any(|top| top.contains(path)) {
            tops.push(path.clone());
        }
    }
    tops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::watch::change::Type;
    use crate::store::{At, Changed};

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn scene(pieces: &[(&str, &str)], depends: &[&str]) -> Scene {
        let pieces =
            pieces.iter().map(|(asked, real)| Piece { asked: path(asked), real: path(real) });
        Scene::new(vec![Resolved {
            at: At::Latest,
            pieces: pieces.collect(),
            depends: depends.iter().map(|text| path(text)).collect(),
        }])
    }

    fn commit(changes: &[(&str, Option<&str>)]) -> Revised {
        let changed = |(text, value): &(&str, Option<&str>)| Changed {
            path: path(text),
            previous: None,
            value: value.map(str::to_owned),
            lease: None,
        };
        Revised { revision: 5, note: None, changes: changes.iter().map(changed).collect() }
    }

    #[test]
    fn what_is_shown_twice_is_watched_once() {
        let scene = scene(&[("/a/b", "/a/b"), ("/a", "/a"), ("/self/x", "/a/b")], &["/a-b", "/a"]);
        assert_eq!(scene.subtrees(), [path("/a"), path("/a-b")]);
        let mut state = State::default();
        let changes = scene.apply(commit(&[("/a/b/c", Some("1"))]), &mut state);
        let seen: Vec<_> = changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(seen, ["/a/b/c", "/self/x/c"]);
        assert_eq!(scene.real(&path("/self/x/c")), Some(path("/a/b/c")));
        assert_eq!(scene.real(&path("/self/y")), None);
    }

    #[test]
    fn the_root_shows_neither_mapping_nor_records() {
        let scene = scene(&[("/", "/")], &[]);
        let mut state = State::default();
        let all = [("/_metactl/x", Some("1")), ("/_metad/mapping/x", Some("1")), ("/a", Some("1"))];
        let changes = scene.apply(commit(&all), &mut state);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, path("/a"));
        assert_eq!(changes[0].real_path, None);
        assert_eq!(scene.real(&path("/a")), Some(path("/a")));
    }

    #[test]
    fn the_same_value_and_the_absent_deleted_are_no_changes() {
        let scene = scene(&[("/a", "/a")], &[]);
        let mut state = State::default();
        assert_eq!(scene.apply(commit(&[("/a", Some("1"))]), &mut state).len(), 1);
        assert_eq!(scene.apply(commit(&[("/a", Some("1"))]), &mut state).len(), 0);
        assert_eq!(scene.apply(commit(&[("/a", None)]), &mut state)[0].kind, Type::Delete);
        assert_eq!(scene.apply(commit(&[("/a", None)]), &mut state).len(), 0);
    }

    #[test]
    fn only_links_move_a_scene() {
        let scene = scene(&[("/self/x", "/cl-1/x")], &["/_metad/mapping/default/10.0.0.1"]);
        assert!(!scene.is_moved_by(&commit(&[("/cl-1/x", None)])));
        assert!(!scene.is_moved_by(&commit(&[("/_metad/mapping/default/10.0.0.10/x", None)])));
        assert!(scene.is_moved_by(&commit(&[("/_metad/mapping/default/10.0.0.1/x", None)])));
    }
}
