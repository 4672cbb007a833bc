//! Importing a document: read as a whole, written in one commit.

use std::io::Read;

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::document::{self, Source};
use crate::model::links;
use crate::model::path::Path;
use crate::ops::role_env;
use crate::ops::view::View;
use crate::store::{Changes, Commit, Note, Revision};

/// The size of a part, in bytes of paths and values, where one commit is too much.
const PART_BYTES: usize = 512 * 1024;

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// How many leaves the document holds.
    pub keys: usize,
    /// How many of them were new or different.
    pub changed: usize,
    pub revision: Revision,
    /// In how many commits it was written.
    pub parts: usize,
}

/// Reads a document into the changes that set its leaves; writes nothing.
///
/// `Invalid`, with the document's name and line, for what [`document::read`]
/// refuses, for metactl's and the mapping's own records, for `/self`, and for
/// what lies behind a link.
pub fn read(source: Source<impl Read>, cluster_root: &Path) -> Result<Changes> {
    let mut changes = Changes::new();
    document::read(source, &mut |path, value| {
        check(path, cluster_root)?;
        changes.put(path, value);
        Ok(())
    })?;
    // Here once and for all, in place; a store would sort a copy.
    changes.settle()?;
    Ok(changes)
}

fn check(path: &Path, cluster_root: &Path) -> Result<()> {
    match path.segments().next() {
        Some(own @ ("_metad" | "_metactl")) => {
            Err(Error::invalid(format!("`/{own}` is not taken from documents")))
        }
        Some("self") => Err(Error::invalid("`/self` is a view, and nothing is stored there")
            .hint("Give the real paths, or the place: `--at /self/host/attributes`")),
        _ if links::through(path, cluster_root).is_some() => {
            Err(Error::invalid("it lies behind a link; links are for reading"))
        }
        _ => Ok(()),
    }
}

/// Writes the changes in one commit.
///
/// With `in_parts`, where the store does not take as much at once, in several:
/// then a failure leaves what was written before, and says so. `done` hears of
/// the leaves written, part by part.
pub async fn import(
    view: &View,
    changes: Changes,
    in_parts: bool,
    note: Note,
    done: &mut (dyn FnMut(usize) + Send),
) -> Result<Imported> {
    let keys = changes.puts();
    let commit = Commit { guards: Vec::new(), changes, note };
    match role_env::commit(view, &commit).await {
        Ok(outcome) => {
            done(keys);
            let (changed, revision) = (outcome.changed, outcome.revision);
            Ok(Imported { keys, changed, revision, parts: 1 })
        }
        Err(error) if error.kind() == Kind::TooLarge && in_parts && keys > 1 => {
            write_in_parts(view, &commit, done).await
        }
        Err(error) => Err(error),
    }
}

async fn write_in_parts(
    view: &View,
    whole: &Commit,
    done: &mut (dyn FnMut(usize) + Send),
) -> Result<Imported> {
    let keys = whole.changes.puts();
    let mut imported = Imported { keys, changed: 0, revision: 0, parts: 0 };
    let mut written = 0;
    for part in parts(&whole.changes) {
        let count = part.len();
        let changes = whole.changes.part(part);
        let commit = Commit { guards: Vec::new(), changes, note: whole.note.clone() };
        let outcome = role_env::commit(view, &commit).await.map_err(|error| {
            if written == 0 {
                return error;
            }
            error.within(format!("importing in parts: {written} of {keys} keys are written"))
        })?;
        written += count;
        done(count);
        imported.changed += outcome.changed;
        imported.revision = imported.revision.max(outcome.revision);
        imported.parts += 1;
    }
    Ok(imported)
}

/// Cuts the puts into ranges of about [`PART_BYTES`]. The one with the largest
/// value comes first: if the store refuses it, nothing has been written yet.
fn parts(changes: &Changes) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut index, mut bytes) = (0, 0, 0);
    let (mut largest, mut largest_part) = (0, 0);
    changes.each_put(|path, value, _| {
        let size = path.len() + value.len();
        if bytes > 0 && bytes + size > PART_BYTES {
            parts.push(start..index);
            (start, bytes) = (index, 0);
        }
        if value.len() > largest {
            (largest, largest_part) = (value.len(), parts.len());
        }
        bytes += size;
        index += 1;
    });
    parts.push(start..index);
    parts.swap(0, largest_part);
    parts
}
