//! The way of a connection to what is spoken there: limits, proxies, TLS.

use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::timeout;

use crate::serve::app::App;
use crate::serve::clients::TooMany;
use crate::serve::connection::{Connection, Stream};
use crate::serve::http::Speaks;
use crate::serve::listener::Listener;
use crate::serve::proxied;
use crate::serve::tls::Tls;
use crate::serve::workers::Workers;

/// What is said to who has too many connections, where it can be said.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";

/// One listener's way in.
#[derive(Clone)]
pub struct Door<S> {
    pub app: Arc<App>,
    pub speaks: S,
    pub tls: Option<Arc<Tls>>,
    /// Whose threads serve the connections; without them, those that do all the rest.
    pub workers: Option<Arc<Workers>>,
    /// The connections that are open.
    pub open: Arc<GracefulShutdown>,
}

impl<S: Speaks> Door<S> {
    /// Takes connections until the service drains, each served by a task of its own.
    pub async fn attend(self, listener: Listener) {
        let mut draining = self.app.draining.clone();
        let within = Arc::new(Within { app: self.app, speaks: self.speaks, tls: self.tls });
        loop {
            let (stream, from) = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = draining.wait_for(|draining| *draining) => return,
            };
            // Made here: a watcher that is made after the end has begun never sees it.
            let watcher = self.open.watcher();
            let within = Arc::clone(&within);
            match &self.workers {
                None => drop(tokio::spawn(async move {
                    within.admit(stream, from, watcher).await;
                })),
                // What the system refuses here is a connection that is lost.
                Some(workers) => {
                    if let Ok(stream) = stream.detach() {
                        workers.spawn(async move {
                            if let Ok(stream) = stream.attach() {
                                within.admit(stream, from, watcher).await;
                            }
                        });
                    }
                }
            }
        }
    }
}

/// What all connections of a listener share.
struct Within<S> {
    app: Arc<App>,
    speaks: S,
    tls: Option<Arc<Tls>>,
}

impl<S: Speaks> Within<S> {
    async fn admit(&self, stream: Stream, from: Option<SocketAddr>, watcher: Watcher) {
        let app = &self.app;
        let _counted = Counted::new(&app.metrics.connections);
        let peer = from.map(|from| from.ip().to_canonical());
        // A proxy has as many connections as its clients need.
        let proxied = peer.is_some_and(|peer| app.options.trust.has(peer));
        let _held = match peer.filter(|_| !proxied).map(|peer| app.clients.connection(peer)) {
            Some(Err(TooMany)) => return self.refuse(stream),
            Some(Ok(held)) => held,
            None => None,
        };
        let plain = self.tls.is_none() && !(proxied && app.options.proxy_protocol);
        let (stream, peer) = match plain {
            true => (stream, peer),
            // Boxed, as it is over when the connection is served.
            false => match Box::pin(self.prepare(stream, peer, proxied)).await {
                Ok(prepared) => prepared,
                // Who speaks something else has no use for an answer.
                Err(_) => return,
            },
        };
        let connection = Connection::new(stream, app.options.client_timeout);
        self.speaks.serve(app, connection, peer, watcher).await;
    }

    fn refuse(&self, stream: Stream) {
        self.app.metrics.refused.inc();
        if let (Stream::Tcp(tcp), None) = (stream, &self.tls) {
            // As much as can be said without waiting; the runtime does not know yet
            // that the connection takes something.
            let _ = tcp.into_std().and_then(|mut tcp| tcp.write(TOO_MANY));
        }
    }

    /// What comes before the first request: the proxy's header, then TLS.
    async fn prepare(
        &self,
        stream: Stream,
        peer: Option<IpAddr>,
        proxied: bool,
    ) -> io::Result<(Stream, Option<IpAddr>)> {
        let Stream::Tcp(mut tcp) = stream else { return Ok((stream, peer)) };
        let options = &self.app.options;
        let prepared = timeout(options.client_timeout, async {
            let mut peer = peer;
            if proxied && options.proxy_protocol {
                peer = proxied::source(&mut tcp).await?.or(peer);
            }
            match &self.tls {
                None => Ok((Stream::Tcp(tcp), peer)),
                Some(tls) => {
                    let secret = tls.acceptor().accept(tcp).await?;
                    Ok((Stream::Tls(Box::new(secret)), peer))
                }
            }
        });
        prepared.await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    }
}

/// Something that is counted while it is there.
struct Counted<'a>(&'a Gauge);

impl Counted<'_> {
    fn new(gauge: &Gauge) -> Counted<'_> {
        gauge.inc();
        Counted(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
