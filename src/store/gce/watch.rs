//! Following a server's state: each one that differs is a commit.
//!
//! It is a comparison of states: what has come and gone between two answers is
//! not seen, and what several writers have done comes as one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::ask;
use super::store::Inner;
use crate::client::link::Fault;
use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::store::{Event, Revision, Watch};

/// A server that is back so soon was not away: Google's may pause for a second.
const GRACE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(250);

/// A watch without a task: what it waits for is asked for again when waiting for
/// it was given up.
pub(super) struct Following {
    server: Arc<Inner>,
    subtrees: Vec<Path>,
    /// Everything up to here has been told.
    applied: Revision,
    /// Since when the server has not answered, and whether that was told.
    lost: Option<(Instant, bool)>,
}

impl Following {
    pub(super) fn new(server: Arc<Inner>, subtrees: &[Path], after: Revision) -> Following {
        Following { server, subtrees: subtrees.to_vec(), applied: after, lost: None }
    }

    /// Asks for the next state, or the first one.
    async fn ask(&self) -> Result<(), Fault> {
        let known = self.server.history().newest().map(|state| state.etag.clone());
        match known {
            None => drop(self.server.refresh().await?),
            Some(known) => {
                let (etag, leaves) = ask::change(&self.server.link, &known).await?;
                self.server.history().take(etag, leaves);
            }
        }
        Ok(())
    }

    /// What is known of changes already.
    fn known(&mut self) -> Result<Option<Event>> {
        let history = self.server.history();
        if history.newest().is_none_or(|newest| newest.revision < self.applied) {
            return Ok(None);
        }
        let revised = history.after(self.applied, &self.subtrees)?;
        let newest = history.newest().map_or(self.applied, |state| state.revision);
        drop(history);
        self.applied = revised.as_ref().map_or(newest, |revised| revised.revision);
        Ok(revised.map(Event::Commit))
    }

    /// Says it once when a server is away for longer than a moment.
    async fn lose(&mut self, error: Error) -> Option<Event> {
        let (since, told) = *self.lost.get_or_insert((Instant::now(), false));
        if !told && since.elapsed() >= GRACE {
            self.lost = Some((since, true));
            return Some(Event::Away(error));
        }
        sleep(PAUSE).await;
        None
    }
}

#[async_trait]
impl Watch for Following {
    async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.known()? {
                return Ok(event);
            }
            match self.ask().await {
                Ok(()) => {
                    if let Some((_, true)) = self.lost.take() {
                        return Ok(Event::Back);
                    }
                }
                Err(Fault::Away { error, .. }) => {
                    if let Some(event) = self.lose(error).await {
                        return Ok(event);
                    }
                }
                Err(fault) => return Err(fault.into()),
            }
        }
    }
}
