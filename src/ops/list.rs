//! The children of a directory, as the asker sees them.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::error::Result;
use crate::model::path::Path;
use crate::model::selfview;
use crate::ops::view::{Piece, View};
use crate::store::{At, Name, reading};

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// Nothing is there.
    Nothing,
    /// A leaf, whose children cannot be listed.
    Leaf,
    /// A directory and its children, sorted by name.
    Directory(Vec<Name>),
}

/// Lists the children of `path`. Mapping, rules and metactl's own records are
/// not shown below `/`; `self` is, where it is known who that is.
///
/// Costs what the answer is long, not what lies below.
pub async fn list(view: &View, path: &Path, at: At) -> Result<Listing> {
    let resolved = view.resolve(path, at).await?;
    if let [piece] = resolved.pieces.as_slice()
        && piece.asked == *path
    {
        let mut names = names_of(view, &piece.real, resolved.at).await?;
        if path.is_root() {
            names.retain(|name| !selfview::is_hidden(&name.name));
            names.retain(|name| name.name != selfview::NAME);
            if view.identity().await.is_ok() {
                names.push(Name { name: selfview::NAME.to_owned(), directory: true });
                names.sort();
            }
        } else if names.is_empty() {
            let (_, leaf) = reading::get(view.store(), &piece.real, resolved.at).await?;
            return Ok(if leaf.is_some() { Listing::Leaf } else { Listing::Nothing });
        }
        return Ok(Listing::Directory(names));
    }
    let kinds = resolved.pieces.iter().map(|piece| is_directory(view, piece, resolved.at));
    let kinds = try_join_all(kinds).await?;
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    for (piece, kind) in resolved.pieces.iter().zip(kinds) {
        let below = path.relative(piece.asked.as_str()).unwrap_or_default();
        let mut segments = below.split('/').skip(1);
        if let (Some(name), Some(directory)) = (segments.next(), kind) {
            let directory = directory || segments.next().is_some();
            *names.entry(name.to_owned()).or_default() |= directory;
        }
    }
    if names.is_empty() {
        return Ok(Listing::Nothing);
    }
    let names = names.into_iter().map(|(name, directory)| Name { name, directory });
    Ok(Listing::Directory(names.collect()))
}

/// Whether what a link leads to is a directory; none when nothing is there.
async fn is_directory(view: &View, piece: &Piece, at: At) -> Result<Option<bool>> {
    if !names_of(view, &piece.real, at).await?.is_empty() {
        return Ok(Some(true));
    }
    let (_, leaf) = reading::get(view.store(), &piece.real, at).await?;
    Ok(leaf.map(|_| false))
}

async fn names_of(view: &View, directory: &Path, at: At) -> Result<Vec<Name>> {
    Ok(view.store().names(directory, at).await?.1)
}
