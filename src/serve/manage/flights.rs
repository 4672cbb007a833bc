//! Commits under way: one whose answer was lost is joined, not made again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::client::failure::Failure;
use crate::error::{Error, Kind, Result};
use crate::store::{Commit, Outcome, Revision, Store};

type Flight = Shared<BoxFuture<'static, Result<Outcome, Failure>>>;

/// The commits under way, by the operation in their notes.
#[derive(Default)]
pub struct Flights(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    begun: u64,
    flights: HashMap<String, (u64, Flight)>,
}

impl Flights {
    /// Makes the commit; it goes on when nobody waits for it any more.
    ///
    /// `maybe_after`: an attempt before this one may have made it, after that
    /// revision. Then it is joined if it is under way here, and looked for.
    pub async fn commit(
        &self,
        store: Arc<dyn Store>,
        commit: Commit,
        maybe_after: Option<Revision>,
    ) -> Result<Outcome> {
        let flight = self.board(store, commit, maybe_after);
        flight.await.map_err(Error::from)
    }

    fn board(
        &self,
        store: Arc<dyn Store>,
        commit: Commit,
        maybe_after: Option<Revision>,
    ) -> Flight {
        let operation = commit.note.operation.clone();
        let mut table = lock(&self.0);
        if maybe_after.is_some()
            && let Some((_, flight)) = table.flights.get(&operation)
        {
            return flight.clone();
        }
        table.begun += 1;
        let number = table.begun;
        let (shared, named) = (Arc::clone(&self.0), operation.clone());
        let work = tokio::spawn(async move {
            let outcome = make(&*store, &commit, maybe_after).await;
            let mut table = lock(&shared);
            if table.flights.get(&named).is_some_and(|(of, _)| *of == number) {
                table.flights.remove(&named);
            }
            outcome.map_err(|error| Failure::from(&error))
        });
        let ended = |_| Failure::from(&Error::new(Kind::Failed, "the commit was ended"));
        let flight = async move { work.await.map_err(ended)? }.boxed().shared();
        table.flights.insert(operation, (number, flight.clone()));
        flight
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn make(
    store: &dyn Store,
    commit: &Commit,
    maybe_after: Option<Revision>,
) -> Result<Outcome> {
    if let Some(after) = maybe_after
        && let Some(made) = store.made(&commit.note.operation, after).await?
    {
        return Ok(made);
    }
    store.commit(commit).await
}
