//! The life of the service: listen, serve, drain, end.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::engine::{self, Engine};
use crate::error::{Error, Kind, Result};
use crate::serve::address::Address;
use crate::serve::app::App;
use crate::serve::connection::Connection;
use crate::serve::gce::Numbers;
use crate::serve::http::{PATIENCE, Requests, Routes, Speaks};
use crate::serve::listener::Listener;
use crate::serve::manage;
use crate::serve::options::Options;
use crate::serve::protocol::{Gce, Metadata};

use crate::store::{Revision, Store};

/// The ports where an address names none.
const METADATA_PORT: u16 = 80;
const MANAGE_PORT: u16 = 9611;

/// What the service says of itself.
pub enum Told<'a> {
    /// It listens: what is spoken there, and where that is.
    Listening { what: &'static str, place: &'a str },
    /// It answers from the tree at this revision.
    Ready(Revision),
    /// It takes no new connections and waits for the open requests.
    Draining,
}

/// The listeners, bound before anything is served.
struct Listeners {
    metadata: Vec<Listener>,
    gce: Vec<Listener>,
    manage: Vec<Listener>,
}

/// Serves `store` until `stop` comes; then lets open requests end. `Ok` when all
/// of them have ended in time, else the error that `stop` gave.
pub async fn run(
    store: Arc<dyn Store>,
    options: Options,
    actor: String,
    tell: &dyn Fn(Told<'_>),
    stop: impl Future<Output = Error>,
) -> Result<()> {
    tokio::pin!(stop);
    let listeners = bind(&options).await?;
    let (drain, draining) = watch::channel(false);
    let patience = options.drain_timeout;
    let engine = Engine::start(
        store.clone(),
        engine::Options {
            group: options.group.clone(),
            quiet_window: options.quiet_window,
            state_file: options.state_file.clone(),
        },
    );
    let app =
        Arc::new(App { engine, store, options, actor, numbers: Numbers::default(), draining });
    let open = Arc::new(GracefulShutdown::new());
    let mut accepting = JoinSet::new();
    for (what, place) in listeners.places() {
        tell(Told::Listening { what, place });
    }
    for listener in listeners.metadata {
        accepting.spawn(accept(
            listener,
            Requests(Metadata(app.clone())),
            app.clone(),
            open.clone(),
        ));
    }
    for listener in listeners.gce {
        accepting.spawn(accept(listener, Requests(Gce(app.clone())), app.clone(), open.clone()));
    }
    let routes = manage::router(app.clone());
    for listener in listeners.manage {
        accepting.spawn(accept(listener, Routes(routes.clone()), app.clone(), open.clone()));
    }
    let why = tokio::select! {
        () = app.engine.ready() => {
            tell(Told::Ready(app.engine.condition().revision));
            stop.await
        }
        why = &mut stop => why,
    };
    tell(Told::Draining);
    // Nobody listening for it is no failure: then nothing waits.
    let _ = drain.send(true);
    while accepting.join_next().await.is_some() {}
    let Some(open) = Arc::into_inner(open) else { return Err(why) };
    match tokio::time::timeout(patience, open.shutdown()).await {
        Ok(()) => Ok(()),
        Err(_) => Err(why),
    }
}

impl Listeners {
    fn places(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [("metadata", &self.metadata), ("gce", &self.gce), ("management", &self.manage)];
        all.into_iter()
            .flat_map(|(what, listeners)| listeners.iter().map(move |one| (what, one.place())))
    }
}

async fn bind(options: &Options) -> Result<Listeners> {
    for address in &options.manage {
        let beyond = |address: &SocketAddr| !address.ip().to_canonical().is_loopback();
        if address.resolve(MANAGE_PORT).await?.iter().any(beyond) {
            return Err(Error::new(
                Kind::Usage,
                format!("the management API on `{address}` is open to everybody who reaches it"),
            )
            .hint("Choose `--manage 127.0.0.1:9611` or `--manage unix:/run/metactl.sock`"));
        }
    }
    Ok(Listeners {
        metadata: all(&options.listen, METADATA_PORT, "--listen").await?,
        gce: all(&options.gce, METADATA_PORT, "--gce").await?,
        manage: all(&options.manage, MANAGE_PORT, "--manage").await?,
    })
}

async fn all(addresses: &[Address], port: u16, flag: &str) -> Result<Vec<Listener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        listeners.push(Listener::bind(address, port, flag).await?);
    }
    Ok(listeners)
}

/// Takes connections until the service drains, each served by a task of its own.
async fn accept<S: Speaks>(
    listener: Listener,
    speaks: S,
    app: Arc<App>,
    open: Arc<GracefulShutdown>,
) {
    let mut draining = app.draining.clone();
    loop {
        let (stream, from) = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => return,
        };
        // Made here: a watcher that is made after the end has begun never sees it.
        let watcher = open.watcher();
        let connection = Connection::new(stream, PATIENCE);
        tokio::spawn(speaks.clone().serve(connection, from, watcher));
    }
}
