//! Reading leaves and directories as the asker sees them.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::near;
use crate::ops::view::{Piece, Resolved, View};
use crate::store::{At, Item, LeaseId, Revision, What};

/// What is at one path.
#[derive(Debug, Clone)]
pub enum Content {
    /// The value of a leaf.
    Leaf(String),
    /// The leaves below a directory, their paths relative to it with a leading slash.
    Directory(Leaves),
}

/// One path that was asked for.
#[derive(Debug, Clone)]
pub struct Found {
    pub path: Path,
    /// None: there is nothing.
    pub content: Option<Content>,
}

/// All paths that were asked for, in that order.
#[derive(Debug, Clone)]
pub struct Answer {
    pub revision: Revision,
    pub found: Vec<Found>,
}

/// A leaf with its revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub path: Path,
    pub value: String,
    /// The revision at which the key came to be.
    pub create_revision: Revision,
    /// The revision of its newest change.
    pub mod_revision: Revision,
    #[serde(skip)]
    pub lease: Option<LeaseId>,
}

/// Reads what is at `paths`, all of it at one revision; directories settled in `order`.
///
/// Errors are those of [`View::resolve`] and of the store; what is not there is
/// no error.
pub async fn read(view: &View, paths: &[Path], at: At, order: Order) -> Result<Answer> {
    let resolved = view.resolve_all(paths, at).await?;
    let mut found: Vec<Found> =
        paths.iter().map(|path| Found { path: path.clone(), content: None }).collect();
    let revision = each(view, &resolved, at, &mut |index, asked, item| {
        let Some(one) = found.get_mut(index) else { return };
        let below = one.path.relative(asked).unwrap_or_default();
        if below.is_empty() {
            one.content.get_or_insert_with(|| Content::Leaf(item.value.to_owned()));
            return;
        }
        // The directory wins over a leaf of a foreign writer at its path.
        if !matches!(one.content, Some(Content::Directory(_))) {
            one.content = Some(Content::Directory(Leaves::new()));
        }
        if let Some(Content::Directory(leaves)) = &mut one.content {
            leaves.push(below, item.value);
        }
    })
    .await?;
    for one in &mut found {
        if let Some(Content::Directory(leaves)) = &mut one.content {
            leaves.settle(order);
        }
    }
    Ok(Answer { revision, found })
}

/// Reads the leaves at and below `paths` with their revisions, in the order of
/// `paths`, each sorted bytewise. What is not there is no error.
pub async fn entries(view: &View, paths: &[Path], at: At) -> Result<(Revision, Vec<Entry>)> {
    let resolved = view.resolve_all(paths, at).await?;
    let mut found: Vec<(usize, Entry)> = Vec::new();
    let revision = each(view, &resolved, at, &mut |index, asked, item| {
        let Some(path) = Path::from_stored(asked) else { return };
        found.push((
            index,
            Entry {
                path,
                value: item.value.to_owned(),
                create_revision: item.create_revision,
                mod_revision: item.mod_revision,
                lease: item.lease,
            },
        ));
    })
    .await?;
    found.sort_by(|(left, a), (right, b)| left.cmp(right).then_with(|| a.path.cmp(&b.path)));
    Ok((revision, found.into_iter().map(|(_, entry)| entry).collect()))
}

/// The error for a path with nothing there, with what was perhaps meant.
pub async fn missing(view: &View, path: &Path, at: At) -> Error {
    let error = Error::not_found(format!("there is nothing at `{path}`"));
    near::hint(view, path, at).await.into_iter().fold(error, Error::hint)
}

/// Calls `each` with the number of the path, where it appears, and the item.
async fn each(
    view: &View,
    resolved: &[Resolved],
    at: At,
    each: &mut (dyn FnMut(usize, &str, Item<'_>) + Send),
) -> Result<Revision> {
    let pieces: Vec<(usize, &Piece)> = resolved
        .iter()
        .enumerate()
        .flat_map(|(index, one)| one.pieces.iter().map(move |piece| (index, piece)))
        .collect();
    let what: Vec<What> =
        pieces.iter().map(|(_, piece)| What::Subtree(piece.real.clone())).collect();
    let at = resolved.first().map_or(at, |one| one.at);
    let mut ranges = Ranges { pieces: &pieces, current: 0, last: String::new() };
    view.store()
        .read(&what, at, &mut |item| {
            if let Some((index, piece)) = ranges.of(item.path)
                && let Some(asked) = piece.appears(item.path)
            {
                each(index, &asked, item);
            }
            Ok(())
        })
        .await
}

/// Tells to which of the ranges of one read an item belongs. Items come range
/// after range, sorted in each, so a new range has begun when an item lies
/// outside the current one or does not sort after the last.
struct Ranges<'a> {
    pieces: &'a [(usize, &'a Piece)],
    current: usize,
    last: String,
}

impl<'a> Ranges<'a> {
    fn of(&mut self, path: &str) -> Option<(usize, &'a Piece)> {
        let mut again = self.last.as_str() >= path;
        while let Some((index, piece)) = self.pieces.get(self.current) {
            if !again && piece.real.relative(path).is_some() {
                self.last.clear();
                self.last.push_str(path);
                return Some((*index, piece));
            }
            self.current += 1;
            again = false;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn items_find_their_range_even_where_ranges_overlap() {
        let reals =
            ["/none", "/a/b", "/a", "/a/b", "/c", "/c"].map(|real| Piece::plain(&path(real)));
        let pieces: Vec<_> = reals.iter().enumerate().collect();
        let mut ranges = Ranges { pieces: &pieces, current: 0, last: String::new() };
        let items = ["/a/b/x", "/a/b/x", "/a/c", "/a/b/x", "/c/1", "/c/2", "/c/1", "/c/2"];
        let found: Vec<_> = items.iter().map(|item| ranges.of(item).unwrap().0).collect();
        assert_eq!(found, [1, 2, 2, 3, 4, 4, 5, 5]);
    }
}
