//! Exporting: the leaves of a part of the tree, as one document can hold them.

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::tree::Leaves;
use crate::ops::view::View;
use crate::store::{At, What};

/// What to export.
#[derive(Debug, Clone)]
pub struct Request {
    /// A leaf or a directory; may go through `/self`, whose real paths are exported.
    pub path: Path,
    /// The directory that is the document's top, as [`place`] gives it.
    pub top: Path,
    pub at: At,
}

/// The real directory that a document's top stands for; `typed` may go through
/// `/self`. Errors as for a write below it.
pub async fn place(view: &View, typed: &Path) -> Result<Path> {
    if typed.is_root() {
        return Ok(Path::root());
    }
    // A link of `/self` is not written, but what is below it is.
    let below = match view.target(&typed.child("any")?).await {
        Ok(below) => below,
        // Told of the path that was typed, wherever it is refused too.
        Err(error) => return Err(view.target(typed).await.err().unwrap_or(error)),
    };
    Ok(below.parent().unwrap_or_else(Path::root))
}

/// Reads the leaves at and below a path, relative to the document's top; still
/// to be settled in the order wanted. Mapping and metactl's own records are
/// left out.
///
/// `NotFound` when there is nothing, except for `/`; `Usage` when the path is
/// not below the top.
pub async fn export(view: &View, request: &Request) -> Result<Leaves> {
    if is_private(request.path.as_str()) {
        return Err(Error::invalid(format!("`{}` is not part of documents", request.path))
            .hint("See the links of nodes: `metactl mapping get`"));
    }
    let resolved = view.resolve(&request.path, request.at).await?;
    let mut real: Vec<Path> = Vec::new();
    for piece in resolved.pieces {
        if !request.top.contains(&piece.real) {
            return Err(outside(&piece.real, &request.top));
        }
        real.push(piece.real);
    }
    // Links overlap (`host` lies in `hosts`); every leaf comes once.
    let all = real.clone();
    real.retain(|one| !all.iter().any(|other| other != one && other.contains(one)));
    real.sort();
    real.dedup();
    let mut leaves = Leaves::new();
    let mut at_top = false;
    let what: Vec<What> = real.into_iter().map(What::Subtree).collect();
    view.store()
        .read(&what, resolved.at, &mut |item| {
            let relative = request.top.relative(item.path).unwrap_or_default();
            at_top |= relative.is_empty();
            if !is_private(item.path) {
                leaves.push(relative, item.value);
            }
            Ok(())
        })
        .await?;
    if at_top {
        return Err(outside(&request.path, &request.top));
    }
    if leaves.is_empty() && !request.path.is_root() {
        return Err(Error::not_found(format!("there is nothing at `{}`", request.path))
            .hint("See what there is: `metactl ls /`"));
    }
    Ok(leaves)
}

/// Whether a path is the mapping's or metactl's own.
fn is_private(path: &str) -> bool {
    let first = path.split('/').nth(1);
    matches!(first, Some("_metad" | "_metactl"))
}

fn outside(path: &Path, top: &Path) -> Error {
    Error::new(Kind::Usage, format!("`{path}` is not below the document's top, `{top}`"))
        .hint("Choose a directory above it, as in `--at /`")
}
