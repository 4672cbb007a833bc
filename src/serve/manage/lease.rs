//! `/v1/leases`: times to live.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;

use super::asked;
use super::desk::Desk;
use super::reply;
use crate::client::wire::{Grant, LeaseTold};
use crate::error::{Error, Result};
use crate::store::LeaseId;

/// `POST /v1/leases`.
pub(super) async fn grant(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let Grant { ttl_ms } = asked::json(request).await?;
    let lease = desk.store.grant(Duration::from_millis(ttl_ms)).await?;
    reply::json(&LeaseTold::from(lease))
}

/// `GET /v1/leases/ID`.
pub(super) async fn find(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let id = id(&request)?;
    let found = desk.store.lease(id).await?;
    let gone = || Error::not_found(format!("lease `{id}` is not there or has run out"));
    reply::json(&LeaseTold::from(found.ok_or_else(gone)?))
}

/// `PUT /v1/leases/ID`: its full length again.
pub(super) async fn renew(desk: Arc<Desk>, request: Request) -> Result<Response> {
    reply::json(&LeaseTold::from(desk.store.renew(id(&request)?).await?))
}

/// `DELETE /v1/leases/ID`: its keys go with it.
pub(super) async fn revoke(desk: Arc<Desk>, request: Request) -> Result<Response> {
    desk.store.revoke(id(&request)?).await?;
    reply::json(&serde_json::json!({}))
}

fn id(request: &Request) -> Result<LeaseId> {
    let text = request.uri().path().rsplit('/').next().unwrap_or_default();
    text.parse().map_err(|_| {
        Error::invalid(format!("`{}` is no lease; a number is accepted", text.escape_debug()))
    })
}
