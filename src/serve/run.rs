//! The life of the service: listen, serve, drain, end.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::engine::{self, Condition, Engine};
use crate::error::{Error, Result};
use crate::serve::access_log::AccessLog;
use crate::serve::app::App;
use crate::serve::clients::Clients;
use crate::serve::door::Door;
use crate::serve::http::{Requests, Routes, Speaks};
use crate::serve::listeners::Listeners;
use crate::serve::metrics::Metrics;
use crate::serve::options::Options;
use crate::serve::protocol::{Gce, Metadata};
use crate::serve::tls::Tls;
use crate::serve::token::{self, Token};
use crate::serve::workers::Workers;
use crate::serve::{gce, health, manage, metadata, node, systemd};
use crate::store::{Revision, Store};

/// How often it is looked whether the store is there.
const LOOK: Duration = Duration::from_secs(1);

/// What the service says of itself.
pub enum Told<'a> {
    /// It listens: what is spoken there, and where that is.
    Listening { what: &'static str, place: &'a str },
    /// It reads the store for the first time, and that takes a while.
    Reading,
    /// It answers, from the tree at this revision.
    Ready(Revision),
    /// The store does not answer, and why.
    Away(&'a str),
    /// It answers again.
    Back(Revision),
    /// The files of the certificate have changed, and what came of it.
    Certificate(Result<()>),
    /// The last known state could not be kept for the next start.
    Unkept(std::io::Error),
    /// It takes no new connections and waits for the open requests.
    Draining,
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
    if let Some(file) = &options.state_file {
        engine::check_state_file(file)?;
    }
    let listeners = Listeners::bind(&options).await?;
    let token = options.manage_token_file.as_deref().map(Token::read).transpose()?.map(Arc::new);
    let tls = options.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
    let (drain, draining) = watch::channel(false);
    let app = Arc::new(app(store, options, actor, draining)?);
    for (what, place) in listeners.places() {
        tell(Told::Listening { what, place });
    }
    let open = Arc::new(GracefulShutdown::new());
    let workers = Arc::new(Workers::start(app.options.threads)?);
    let mut attending = attend(listeners, &app, tls.as_ref(), token, &workers, &open);
    let why = tokio::select! {
        // First of all signals are listened for: who is told that it is ready may send one.
        biased;
        why = &mut stop => why,
        never = look_after(&app, tls.as_deref(), tell) => match never {},
    };
    tell(Told::Draining);
    systemd::stopping();
    // Nobody listening for it is no failure: then nothing waits.
    let _ = drain.send(true);
    while attending.join_next().await.is_some() {}
    let ended = match Arc::into_inner(open) {
        Some(open) => timeout(app.options.drain_timeout, open.shutdown()).await.is_ok(),
        None => false,
    };
    if let Err(error) = app.engine.keep_state() {
        tell(Told::Unkept(error));
    }
    if ended { Ok(()) } else { Err(why) }
}

fn app(
    store: Arc<dyn Store>,
    options: Options,
    actor: String,
    draining: watch::Receiver<bool>,
) -> Result<App> {
    let log = options.access_log.clone();
    let log = log.map(|(place, form)| AccessLog::open(place, form)).transpose()?;
    let engine = engine::Options {
        group: options.group.clone(),
        quiet_window: options.quiet_window,
        state_file: options.state_file.clone(),
    };
    Ok(App {
        engine: Engine::start(store.clone(), engine),
        store,
        clients: Clients::new(options.limits),
        options,
        metadata: metadata::State::new(),
        node: node::State::default(),
        actor,
        numbers: gce::Numbers::default(),
        metrics: Metrics::default(),
        log,
        draining,
    })
}

/// Lets connections in, everywhere.
fn attend(
    listeners: Listeners,
    app: &Arc<App>,
    tls: Option<&Arc<Tls>>,
    token: Option<Arc<Token>>,
    workers: &Arc<Workers>,
    open: &Arc<GracefulShutdown>,
) -> JoinSet<()> {
    fn door<S: Speaks>(
        app: &Arc<App>,
        speaks: S,
        tls: Option<&Arc<Tls>>,
        workers: Option<&Arc<Workers>>,
        open: &Arc<GracefulShutdown>,
    ) -> Door<S> {
        let (tls, workers) = (tls.cloned(), workers.cloned());
        Door { app: app.clone(), speaks, tls, workers, open: open.clone() }
    }
    let mut attending = JoinSet::new();
    for listener in listeners.metadata {
        let door = door(app, Requests(Metadata(app.clone())), tls, Some(workers), open);
        attending.spawn(door.attend(listener));
    }
    // Google's clients speak no TLS.
    for listener in listeners.gce {
        let door = door(app, Requests(Gce(app.clone())), None, Some(workers), open);
        attending.spawn(door.attend(listener));
    }
    let routes = manage::router(app.clone()).merge(health::routes(app.clone()));
    let routes = match token {
        Some(token) => token::guarded(routes, token),
        None => routes,
    };
    let routes = routes.merge(health::probes(app.clone()));
    for listener in listeners.manage {
        let tls = tls.filter(|_| listener.is_open());
        // A large export holds no node up.
        let door = door(app, Routes(routes.clone()), tls, None, open);
        attending.spawn(door.attend(listener));
    }
    attending
}

/// What goes on beside the requests.
async fn look_after(app: &App, tls: Option<&Tls>, tell: &dyn Fn(Told<'_>)) -> Infallible {
    let certificate = async {
        match tls {
            Some(tls) => tls.follow(|outcome| tell(Told::Certificate(outcome))).await,
            None => pending::<Infallible>().await,
        }
    };
    let ((), (), never) = tokio::join!(systemd::watchdog(), follow_store(app, tell), certificate);
    match never {}
}

/// Says when the service is ready, and whenever the store goes and comes.
async fn follow_store(app: &App, tell: &dyn Fn(Told<'_>)) {
    let mut away = None;
    let (mut ready, mut reading) = (false, false);
    loop {
        let Condition { away_since, why, revision, .. } = app.engine.condition();
        match (away, away_since) {
            (None, Some(_)) => tell(Told::Away(why.as_deref().unwrap_or_default())),
            (Some(_), None) => tell(Told::Back(revision)),
            _ => {}
        }
        away = away_since;
        if ready {
            sleep(LOOK).await;
        } else {
            // Until then it is looked from time to time whether the store is there.
            ready = timeout(LOOK, app.engine.ready()).await.is_ok();
            if ready {
                tell(Told::Ready(app.engine.condition().revision));
                systemd::ready();
            } else if !reading && app.engine.condition().away_since.is_none() {
                reading = true;
                tell(Told::Reading);
            }
        }
    }
}
