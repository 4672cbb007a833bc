//! Writing to a store from this process, through the library.

use std::sync::Arc;

use metactl::cli::GlobalArgs;
use metactl::config::{Environment, Settings};
use metactl::model::path::Path;
use metactl::store::{self, Changes, Commit, Note, Store};
use tokio::runtime::{Builder, Runtime};

use crate::{Result, tree};

/// Keys of one commit: what an etcd takes within its request size.
const KEYS_IN_A_COMMIT: usize = 5_000;

/// A store that is open, and a thread's worth of runtime to speak to it.
pub struct Writer {
    runtime: Runtime,
    store: Arc<dyn Store>,
    number: std::cell::Cell<u64>,
}

impl Writer {
    pub fn open(endpoint: &str) -> Result<Writer> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let global = GlobalArgs { endpoint: Some(endpoint.to_owned()), ..GlobalArgs::default() };
        let settings = Settings::new(global, Environment::of([]));
        let store = runtime.block_on(store::open::open(settings.target().map_err(told)?));
        Ok(Writer { runtime, store: store.map_err(told)?, number: 0.into() })
    }

    pub fn put(&self, path: &str, value: &str) -> Result {
        let mut changes = Changes::new();
        changes.put(&Path::parse(path).map_err(told)?, value);
        self.commit(changes)
    }

    /// Makes one commit.
    pub fn commit(&self, changes: Changes) -> Result {
        self.number.set(self.number.get() + 1);
        let note = Note {
            actor: "bench@here".to_owned(),
            command: "bench".to_owned(),
            operation: format!("{}-{}", std::process::id(), self.number.get()),
        };
        let commit = Commit { guards: Vec::new(), changes, note };
        self.runtime.block_on(self.store.commit(&commit)).map_err(told)?;
        Ok(())
    }

    /// Forgets all history.
    pub fn compact(&self) -> Result {
        let revision = self.runtime.block_on(self.store.status()).map_err(told)?.revision;
        self.runtime.block_on(self.store.compact(revision)).map_err(told)?;
        Ok(())
    }
}

/// Puts the tree of `keys` keys into the store at `endpoint`, part by part.
pub fn fill(endpoint: &str, keys: usize) -> Result {
    let writer = Writer::open(endpoint)?;
    let mut changes = Changes::new();
    tree::each_key(keys, |path, value| {
        changes.put(&Path::parse(path).map_err(told)?, value);
        if changes.len() == KEYS_IN_A_COMMIT {
            writer.commit(std::mem::take(&mut changes))?;
        }
        Ok(())
    })?;
    writer.commit(changes)
}

/// The sentence of an error with its causes.
pub fn told(error: metactl::error::Error) -> String {
    [vec![error.message().to_owned()], error.causes()].concat().join(": ")
}
