//! How the service is doing, for people and for what watches over it.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use jiff::{Timestamp, Unit};
use serde::Serialize;

use crate::serve::app::App;

/// How Prometheus wants its text to be called.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What `/health` answers; fields are only added.
#[derive(Serialize)]
struct Health {
    /// `up`, or `starting` before the first complete read of the store.
    status: &'static str,
    revision: u64,
    /// The oldest revision that a poll can be answered from without being sent once.
    floor: u64,
    store: StoreHealth,
    draining: bool,
}

#[derive(Serialize)]
struct StoreHealth {
    endpoint: String,
    /// `there` or `away`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    away_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Whether what is served comes from the state file.
    from_file: bool,
    /// When the state was last known to be the store's newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    fresh: Option<String>,
}

/// What tells nothing about the tree, and needs no token.
pub fn probes(app: Arc<App>) -> Router {
    Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(ready)).with_state(app)
}

/// The rest of it.
pub fn routes(app: Arc<App>) -> Router {
    Router::new().route("/health", get(health)).route("/metrics", get(metrics)).with_state(app)
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    if *app.draining.borrow() {
        return unready("draining\n");
    }
    match app.engine.condition().ready {
        true => "ok\n".into_response(),
        false => unready("the store was not read yet\n"),
    }
}

fn unready(why: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], why).into_response()
}

async fn health(State(app): State<Arc<App>>) -> Response {
    let now = app.engine.condition();
    let health = Health {
        status: if now.ready { "up" } else { "starting" },
        revision: now.revision,
        floor: now.floor,
        store: StoreHealth {
            endpoint: app.store.place(),
            status: if now.away_since.is_some() { "away" } else { "there" },
            away_since: now.away_since.and_then(written),
            why: now.why,
            from_file: now.from_file,
            fresh: now.fresh.and_then(written),
        },
        draining: *app.draining.borrow(),
    };
    let status = if now.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // Such a structure can always be written.
    let body = serde_json::to_string(&health).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A time to the second.
fn written(time: SystemTime) -> Option<String> {
    Some(Timestamp::try_from(time).ok()?.round(Unit::Second).ok()?.to_string())
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    // The size of a large tree takes a while, which nobody else is to wait for.
    let text = tokio::task::spawn_blocking(move || app.metrics.text(&app.engine)).await;
    ([(CONTENT_TYPE, OPEN_METRICS)], text.unwrap_or_default()).into_response()
}
