//! HTTP on one connection: bounded requests in, answers out.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;

use crate::serve::connection::Connection;
use crate::serve::exchange::{Asked, Caller, Reply};
use crate::serve::protocol::Protocol;

/// All of a request's head; more is answered with 431.
const MAX_HEAD: usize = 16 << 10;
/// The body of a request to the metadata listeners: custom metadata in JSON.
const MAX_BODY: usize = 1 << 20;
/// How long a client may take for the head of a request, also of its next one,
/// and how long for its body.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What is spoken on the connections of a listener.
pub trait Speaks: Clone + Send + Sync + 'static {
    /// Serves one connection to its end.
    fn serve(
        self,
        connection: Connection,
        from: Option<SocketAddr>,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send;
}

/// One of the protocols of the metadata.
#[derive(Clone)]
pub struct Requests<P>(pub P);

impl<P: Protocol> Speaks for Requests<P> {
    async fn serve(self, connection: Connection, from: Option<SocketAddr>, watcher: Watcher) {
        let ip = from.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |from| from.ip().to_canonical());
        let service = service_fn(move |request| {
            let protocol = self.0.clone();
            async move { Ok::<_, Infallible>(respond(protocol, ip, request).await) }
        });
        let connection = builder().serve_connection(TokioIo::new(connection), service);
        // A connection that breaks is its client's affair.
        let _ = watcher.watch(connection).await;
    }
}

/// The routes of the management API.
#[derive(Clone)]
pub struct Routes(pub Router);

impl Speaks for Routes {
    async fn serve(self, connection: Connection, _from: Option<SocketAddr>, watcher: Watcher) {
        let service = TowerToHyperService::new(self.0);
        let connection = builder().serve_connection(TokioIo::new(connection), service);
        let _ = watcher.watch(connection).await;
    }
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(MAX_HEAD);
    builder
}

async fn respond<P: Protocol>(
    protocol: P,
    ip: IpAddr,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let caller = Caller { ip, forwarded: false };
    let body = match body.is_end_stream() {
        true => Ok(Bytes::new()),
        false => Box::pin(read(body)).await,
    };
    let reply = match body {
        Ok(body) => {
            let (method, uri, headers) = (head.method, head.uri, head.headers);
            protocol.answer(Asked { method, uri, headers, caller, body }).await
        }
        Err(refusal) => refusal,
    };
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// A whole body, or the answer that refuses it.
async fn read(body: Incoming) -> Result<Bytes, Reply> {
    let whole = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Reply::text(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a body of more than {MAX_BODY} bytes is not taken"),
        )),
        Ok(Err(_)) => Err(Reply::text(StatusCode::BAD_REQUEST, "the body is broken")),
        Err(_) => Err(Reply::text(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}
