//! One call of the program: its settings, its terminal, its store once it is needed.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::config::Settings;
use crate::error::Result;
use crate::store::{self, Note, Store};
use crate::ui::Ui;

/// What every command gets.
pub struct Session {
    pub settings: Settings,
    pub ui: Ui,
    store: OnceCell<Arc<dyn Store>>,
}

impl Session {
    /// A session that has not opened anything yet.
    pub fn new(settings: Settings, ui: Ui) -> Session {
        Session { settings, ui, store: OnceCell::new() }
    }

    /// The store of the endpoint in force, opened at the first call.
    pub async fn store(&self) -> Result<Arc<dyn Store>> {
        self.store
            .get_or_try_init(|| async { store::open::open(self.settings.target()?).await })
            .await
            .cloned()
    }

    /// The note of a commit by `command`: its words without values, as in `put /x`.
    pub fn note(&self, command: impl Into<String>) -> Note {
        let operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
        Note { actor: self.settings.actor(), command: command.into(), operation }
    }
}
