//! HTTP on one connection: bounded requests in, answers out.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::RETRY_AFTER;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;

use crate::serve::app::App;
use crate::serve::connection::Connection;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::metrics::Class;
use crate::serve::protocol::Protocol;
use crate::serve::visit::Visit;

/// All of a request's head; more is answered with 431.
const MAX_HEAD: usize = 16 << 10;
/// The body of a request to the metadata listeners: custom metadata in JSON.
const MAX_BODY: usize = 1 << 20;

/// What is spoken on the connections of a listener.
pub trait Speaks: Clone + Send + Sync + 'static {
    /// Serves one connection to its end.
    fn serve(
        &self,
        app: &Arc<App>,
        connection: Connection,
        peer: Option<IpAddr>,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send;
}

/// One of the protocols of the metadata.
#[derive(Clone)]
pub struct Requests<P>(pub P);

impl<P: Protocol> Speaks for Requests<P> {
    async fn serve(
        &self,
        app: &Arc<App>,
        connection: Connection,
        peer: Option<IpAddr>,
        watcher: Watcher,
    ) {
        let service = service_fn(|request| {
            let protocol = self.0.clone();
            async move { Ok::<_, Infallible>(respond(protocol, peer, request).await) }
        });
        let connection = builder(app).serve_connection(TokioIo::new(connection), service);
        // A connection that breaks is its client's affair.
        let _ = watcher.watch(connection).await;
    }
}

/// The routes of the management API.
#[derive(Clone)]
pub struct Routes(pub Router);

impl Speaks for Routes {
    async fn serve(
        &self,
        app: &Arc<App>,
        connection: Connection,
        peer: Option<IpAddr>,
        watcher: Watcher,
    ) {
        let routes = TowerToHyperService::new(self.0.clone());
        let service = service_fn(|request: Request<Incoming>| {
            let (method, uri) = (request.method(), request.uri());
            let visit = Visit::new(Arc::clone(app), Class::Management, method, uri, peer);
            let answer = routes.call(request);
            async move {
                let response = answer.await?;
                let Some(bytes) = response.size_hint().exact() else {
                    return Ok(visit.streamed(response));
                };
                visit.ended(response.status(), response.headers(), bytes);
                Ok::<_, Infallible>(response)
            }
        });
        let connection = builder(app).serve_connection(TokioIo::new(connection), service);
        let _ = watcher.watch(connection).await;
    }
}

fn builder(app: &App) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Scripts look for `X-Metad-Version` as it is written.
    builder.title_case_headers(true);
    builder.timer(TokioTimer::new()).header_read_timeout(app.options.client_timeout);
    builder.max_buf_size(MAX_HEAD);
    builder
}

async fn respond<P: Protocol>(
    protocol: P,
    peer: Option<IpAddr>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let app = protocol.app();
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let caller = app.options.trust.caller(peer, &head.headers);
    let class = if waits(&head) { Class::Poll } else { protocol.class(&head.uri) };
    let visit = Visit::new(app, class, &head.method, &head.uri, Some(caller.ip));
    let reply = match app.clients.request(caller.ip) {
        Ok(_held) => match whole(body, app.options.client_timeout).await {
            Ok(body) => {
                let Parts { method, uri, headers, .. } = head;
                protocol.answer(Asked { method, uri, headers, caller, body }).await
            }
            Err(refusal) => refusal,
        },
        Err(after) => too_many(app, after),
    };
    visit.ended(reply.status, &reply.headers, reply.body.len() as u64);
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// Whether the answer is to come only when something has changed, in the words
/// of any of the protocols.
fn waits(head: &Parts) -> bool {
    let waits = |pair: &str| pair == "wait=true" || pair == "wait_for_change=true";
    head.uri.query().is_some_and(|query| query.split('&').any(waits))
}

fn too_many(app: &App, after: Duration) -> Reply {
    app.metrics.refused.inc();
    let seconds = after.as_secs() + 1;
    Reply::text(StatusCode::TOO_MANY_REQUESTS, "too many requests from this address")
        .with(RETRY_AFTER, seconds.to_string())
}

/// A whole body, or the answer that refuses it.
async fn whole(body: Incoming, patience: Duration) -> Result<Bytes, Reply> {
    match body.is_end_stream() {
        true => Ok(Bytes::new()),
        // Boxed, as hardly any request has one.
        false => Box::pin(read(body, patience)).await,
    }
}

async fn read(body: Incoming, patience: Duration) -> Result<Bytes, Reply> {
    let whole = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(patience, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Reply::text(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a body of more than {MAX_BODY} bytes is not taken"),
        )),
        Ok(Err(_)) => Err(Reply::text(StatusCode::BAD_REQUEST, "the body is broken")),
        Err(_) => Err(Reply::text(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}
