//! One call of the program: its settings, its terminal, its store once it is needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::config::{Setting, Settings, Target};
use crate::error::{Error, Result};
use crate::ops::view::{Scope, View};
use crate::signals::Signals;
use crate::store::{self, Note, Store};
use crate::ui::{self, Ui};

/// What every command gets.
pub struct Session {
    pub settings: Settings,
    pub ui: Ui,
    store: OnceCell<Arc<dyn Store>>,
    signals: Signals,
    asked: AtomicBool,
}

impl Session {
    /// A session that has not opened anything yet.
    pub fn new(settings: Settings, ui: Ui, signals: Signals) -> Session {
        Session { settings, ui, store: OnceCell::new(), signals, asked: AtomicBool::new(false) }
    }

    /// A session that answers a shell: it says nothing on its own.
    pub fn for_completion(settings: Settings) -> Result<Session> {
        let silent = ui::Options { silent: true, ..ui::Options::default() };
        Ok(Session::new(settings, Ui::new(silent), Signals::install()?))
    }

    /// The store of the endpoint in force, opened at the first call.
    pub async fn store(&self) -> Result<Arc<dyn Store>> {
        self.store.get_or_try_init(|| self.open()).await.cloned()
    }

    /// Whether the command has asked for the store.
    pub fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// That store for a service that many ask at once.
    pub async fn store_for_many(&self) -> Result<Arc<dyn Store>> {
        store::open::open_for_many(self.target()?).await
    }

    async fn open(&self) -> Result<Arc<dyn Store>> {
        store::open::open(self.target()?).await
    }

    /// The settings of the store that is about to be opened.
    fn target(&self) -> Result<&Target> {
        self.asked.store(true, Ordering::Relaxed);
        let target = self.settings.target()?;
        if let Some(warning) = &target.warning {
            self.ui.warn(warning);
        }
        let Setting { value, origin } = &target.endpoint;
        self.ui.detail(1, format_args!("endpoint {value} ({origin})"));
        Ok(target)
    }

    /// That store as the one sees it whom `--as` and the like choose.
    pub async fn view(&self) -> Result<View> {
        let store = self.store().await?;
        let target = self.settings.target()?;
        let scope = Scope {
            group: target.group.value.clone(),
            cluster_root: target.cluster_root.value.clone(),
            as_id: target.as_id.as_ref().map(|setting| setting.value.clone()),
        };
        Ok(View::new(store, scope))
    }

    /// Waits for Ctrl-C or SIGTERM and returns the error to end with, for
    /// commands that have something to tidy up. Keep the future over a whole
    /// loop (`tokio::pin!`): without it the signals end the process at once.
    pub async fn interrupted(&self) -> Error {
        self.signals.interrupted().await
    }

    /// The signals to pass on to a child; from here on they no longer end the process.
    pub fn signals(&self) -> Result<UnboundedReceiver<Signal>> {
        self.signals.taken()
    }

    /// The note of a commit by `command`: its words without values, as in `put /x`.
    pub fn note(&self, command: impl Into<String>) -> Note {
        let operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
        Note { actor: self.settings.actor(), command: command.into(), operation }
    }
}
