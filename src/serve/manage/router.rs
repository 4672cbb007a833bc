//! The routes of the management API.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};

use super::desk::Desk;
use super::{commit, form, lease, read, reply, rule, tree, upkeep, watch};
use crate::error::{Error, Kind, Result};
use crate::ops::view::Scope;
use crate::serve::accept;
use crate::serve::app::App;

/// All of it, for a service.
pub fn router(app: Arc<App>) -> Router {
    let scope = Scope {
        group: app.options.group.clone(),
        cluster_root: app.options.cluster_root.clone(),
        as_id: None,
    };
    routes(Arc::new(Desk::new(Arc::clone(&app.store), scope, app.draining.clone())))
}

/// All of it, over any store.
pub fn routes(desk: Arc<Desk>) -> Router {
    Router::new().merge(store()).merge(metad()).fallback(unknown).with_state(desk)
}

/// What a metad has of it, over any store.
pub fn routes_of_metad(desk: Arc<Desk>) -> Router {
    metad().fallback(unknown).with_state(desk)
}

/// The part that metad has as well.
fn metad() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/data", any(formed(tree::data)))
        .route("/v1/data/{*path}", any(formed(tree::data)))
        .route("/v1/mapping", any(formed(tree::mapping)))
        .route("/v1/mapping/{*path}", any(formed(tree::mapping)))
        .route("/v1/rule", any(formed(rule::rule)))
}

/// The part that makes a service a store: metactl's own.
fn store() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/read", on(get(answer(read::queried)).post(answer(read::posted))))
        .route("/v1/names", on(get(answer(read::names))))
        .route("/v1/commit", on(post(answer(commit::commit))))
        .route("/v1/made", on(get(answer(commit::made))))
        .route("/v1/watch", on(get(answer(watch::queried)).post(answer(watch::posted))))
        .route("/v1/leases", on(post(answer(lease::grant))))
        .route(
            "/v1/leases/{id}",
            on(get(answer(lease::find)).put(answer(lease::renew)).delete(answer(lease::revoke))),
        )
        .route("/v1/compact", on(post(answer(upkeep::compact))))
        .route("/v1/status", on(get(answer(upkeep::status))))
}

type Handled = std::pin::Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function from desk and request to an answer as what axum calls a handler.
fn answer<Work>(
    work: impl Fn(Arc<Desk>, Request) -> Work + Clone + Send + Sync + 'static,
) -> impl Fn(State<Arc<Desk>>, Request) -> Handled + Clone + Send + Sync + 'static
where
    Work: Future<Output = Result<Response>> + Send + 'static,
{
    move |State(desk), request| {
        let work = work(desk, request);
        Box::pin(async move { reply::settled(work.await) })
    }
}

/// [`answer`], with errors in the form that the client takes.
fn formed<Work>(
    work: impl Fn(Arc<Desk>, Request) -> Work + Clone + Send + Sync + 'static,
) -> impl Fn(State<Arc<Desk>>, Request) -> Handled + Clone + Send + Sync + 'static
where
    Work: Future<Output = Result<Response>> + Send + 'static,
{
    move |State(desk), request| {
        let form = accept::negotiate(request.headers());
        let work = work(desk, request);
        Box::pin(async move { work.await.unwrap_or_else(|error| form::refusal(form, &error)) })
    }
}

/// Other methods are refused in the form of all errors.
fn on(routes: MethodRouter<Arc<Desk>>) -> MethodRouter<Arc<Desk>> {
    routes.fallback(answer(async |_, request: Request| {
        let (method, path) = (request.method(), request.uri().path());
        Err(Error::new(Kind::Unsupported, format!("`{method}` is not possible on `{path}`")))
    }))
}

async fn unknown(request: Request) -> Response {
    let path = request.uri().path().escape_debug();
    reply::settled(Err(Error::not_found(format!("the management API has no `{path}`"))))
}
