//! The state file: the last known state, for a start while the store is away.
//!
//! One JSON value a line: `{"revision":N}`, then `["path","value"]` for every
//! leaf, then `{"leaves":N}`. A file without its last line is not whole and is
//! not used. It holds whatever the tree holds, so only its owner may read it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::core::Shared;
use super::snapshot::Snapshot;
use super::tree::Tree;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::Revision;

/// How long changes are gathered before the file is written.
const GATHER: Duration = Duration::from_secs(2);
/// The part of the time that writing may take: one in so many.
const SHARE: u32 = 20;

#[derive(Serialize, Deserialize)]
struct Head {
    revision: Revision,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    leaves: usize,
}

/// Makes what `file` holds the current state, if it is there and whole.
pub(super) fn restore(shared: &Shared, file: &FilePath) {
    let Ok((revision, tree)) = read(file) else { return };
    shared.publish(Snapshot {
        revision,
        floor: revision,
        lineage: 0,
        askers_changed: shared.askers.changed(&tree),
        tree,
        askers: Arc::clone(&shared.askers),
    });
    // What was the store's newest state when it was written.
    let fresh = std::fs::metadata(file).and_then(|found| found.modified()).ok();
    shared.change_state(|state| {
        state.from_file = true;
        state.fresh = fresh;
    });
}

fn read(file: &FilePath) -> io::Result<(Revision, Tree)> {
    let mut lines = BufReader::new(File::open(file)?).lines();
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let head: Head = serde_json::from_str(&lines.next().ok_or_else(damaged)??)?;
    let (mut tree, mut leaves) = (Tree::default(), 0);
    for line in lines {
        let line = line?;
        if let Ok((path, value)) = serde_json::from_str::<(String, String)>(&line) {
            let path = Path::from_stored(&path).ok_or_else(damaged)?;
            tree.put(path.as_str(), &value, 0);
            leaves += 1;
        } else {
            let foot: Foot = serde_json::from_str(&line)?;
            tree.shrink();
            return if foot.leaves == leaves { Ok((head.revision, tree)) } else { Err(damaged()) };
        }
    }
    Err(damaged())
}

/// Writes the file anew whenever the state has changed for a while, until the
/// task is ended.
pub(super) async fn keep(shared: Arc<Shared>, file: std::path::PathBuf) {
    let mut bell = shared.bell.subscribe();
    let mut written = None;
    while bell.changed().await.is_ok() {
        sleep(GATHER).await;
        bell.mark_unchanged();
        let Some(snapshot) = shared.current.load_full() else { continue };
        let now = Some((snapshot.lineage, snapshot.revision));
        if shared.state().from_file || written == now {
            continue;
        }
        let (file, begun) = (file.clone(), Instant::now());
        let done = tokio::task::spawn_blocking(move || write(&file, &snapshot)).await;
        // A full disk may have room the next time.
        if let Ok(Ok(())) = done {
            written = now;
        }
        sleep(begun.elapsed() * SHARE).await;
    }
}

/// An error unless the state file can be put where it is to be.
pub fn check_state_file(file: &FilePath) -> Result<()> {
    let cannot = |why: io::Error| {
        let what = format!("the state file `{}` cannot be written", file.display());
        Error::new(Kind::Failed, what).because(why)
    };
    if file.is_dir() {
        return Err(cannot(io::ErrorKind::IsADirectory.into()));
    }
    tempfile::tempfile_in(directory(file)).map(drop).map_err(cannot)
}

fn directory(file: &FilePath) -> &FilePath {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => FilePath::new("."),
    }
}

/// Writes the whole file and puts it in the place of the old one.
pub(super) fn write(file: &FilePath, snapshot: &Snapshot) -> io::Result<()> {
    let mut new = tempfile::NamedTempFile::new_in(directory(file))?;
    let mut out = BufWriter::new(&mut new);
    let (mut leaves, mut done) = (0, Ok(()));
    line(&mut out, &Head { revision: snapshot.revision })?;
    snapshot.tree.each_leaf(&mut |path, value| {
        if done.is_ok() {
            done = line(&mut out, &(path, value));
            leaves += 1;
        }
    });
    done?;
    line(&mut out, &Foot { leaves })?;
    out.flush()?;
    drop(out);
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
