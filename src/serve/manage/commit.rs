//! `/v1/commit` and `/v1/made`: changes in one revision, and whether they were made.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::asked::{self, Query};
use super::desk::Desk;
use super::reply;
use crate::client::wire::{CommitTaken, Made};
use crate::error::{Error, Result};
use crate::store::Commit;

/// `POST /v1/commit`.
pub(super) async fn commit(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let actor = asked::actor(request.headers());
    let taken: CommitTaken = asked::json(request).await?;
    let maybe_after = taken.maybe_after;
    let mut commit = Commit::from(taken);
    if commit.note.actor.is_empty() {
        commit.note.actor = actor;
    }
    if commit.note.operation.is_empty() {
        commit.note.operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    }
    let outcome = desk.flights.commit(Arc::clone(&desk.store), commit, maybe_after).await?;
    reply::json_at(outcome.revision, &outcome)
}

/// `GET /v1/made?operation=ID&after=N`.
pub(super) async fn made(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let query = Query::of(&request, &["operation", "after"])?;
    let missing = |name: &str| Error::invalid(format!("`{name}` is missing in the query"));
    let operation = query.get("operation").ok_or_else(|| missing("operation"))?;
    let after = query.number("after")?.ok_or_else(|| missing("after"))?;
    let made = desk.store.made(operation, after).await?;
    reply::json(&Made { made })
}
