//! How a commit wakes watchers in other processes: an 8-byte file beside the store.
//!
//! Watching the write-ahead log itself is late: it changes before the commit
//! can be seen. The file is rewritten after that.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path as File, PathBuf};
use std::sync::Arc;

use notify::{RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::store::Revision;

/// The file that belongs to a store.
pub(super) fn file_of(store: &File) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-rev");
    PathBuf::from(name)
}

/// Tells everybody that `revision` is there.
pub(super) fn ring(store: &File, revision: Revision) {
    // Opened anew each time: the file may have been removed meanwhile. A failure
    // is no failure of the commit; watchers look by themselves four times a second.
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(file_of(store));
    let _ = opened.and_then(|mut file| file.write_all(&revision.to_le_bytes()));
}

/// Hears the bell of one store.
pub(super) struct Ear {
    heard: Arc<Notify>,
    watcher: Option<notify::RecommendedWatcher>,
}

impl Ear {
    pub(super) fn new() -> Self {
        Ear { heard: Arc::default(), watcher: None }
    }

    /// Listens to the file, if it is there; `anew` even if that is what it believes to do.
    pub(super) fn listen(&mut self, store: &File, anew: bool) {
        let file = file_of(store);
        if (self.watcher.is_some() && !anew) || !file.exists() {
            return;
        }
        let heard = Arc::clone(&self.heard);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                heard.notify_one();
            }
        });
        // Without it (the system's number of watches is limited) looking remains.
        self.watcher = watcher.ok().and_then(|mut watcher| {
            watcher.watch(&file, RecursiveMode::NonRecursive).ok().map(|()| watcher)
        });
    }

    /// Waits for the next ring; one that came meanwhile counts.
    pub(super) async fn heard(&self) {
        self.heard.notified().await;
    }
}
