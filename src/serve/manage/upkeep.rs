//! `/v1/compact` and `/v1/status`.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::asked;
use super::desk::Desk;
use super::reply;
use crate::client::wire::{Compact, ServiceStatus};
use crate::error::Result;

/// `POST /v1/compact`.
pub(super) async fn compact(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let Compact { revision } = asked::json(request).await?;
    desk.store.compact(revision).await?;
    reply::json(&serde_json::json!({}))
}

/// `GET /v1/status`.
pub(super) async fn status(desk: Arc<Desk>, _: Request) -> Result<Response> {
    let store = desk.store.status().await?;
    let status = ServiceStatus { service: env!("CARGO_PKG_VERSION"), store };
    reply::json_at(status.store.revision, &status)
}
