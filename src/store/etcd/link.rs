//! The way to the servers: one connection to each, the next one when one fails.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use etcd_client::{
    Channel, Client, ConnectOptions, KvClient, LeaseClient, MaintenanceClient, WatchClient,
};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::transport::Endpoint;

use super::fault::Fault;
use super::options::EtcdOptions;
use crate::error::{Error, Kind, Result};

/// A frozen server is found by HTTP/2 pings: one every 5 s, to be answered in 4 s.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_ANSWER: Duration = Duration::from_secs(4);
/// A server gets so long at first, where there is another one to ask.
const FIRST_SHARE: Duration = Duration::from_secs(2);
/// Answers are as large as the keys in them; pages keep them small.
const MAX_ANSWER: usize = 1 << 30;
/// Large pages should not wait for window updates on long lines.
const WINDOW: u32 = 4 << 20;

/// All servers of one etcd.
pub(super) struct Link {
    servers: Vec<Server>,
    /// The one that answered last.
    current: AtomicUsize,
    timeout: Duration,
}

struct Server {
    address: String,
    endpoint: Endpoint,
    credentials: Option<(String, String)>,
    clients: OnceCell<Clients>,
}

/// What one server is called with.
#[derive(Clone)]
pub(super) struct Clients {
    whole: Client,
    pub(super) kv: KvClient,
    pub(super) watch: WatchClient,
    pub(super) lease: LeaseClient,
    pub(super) maintenance: MaintenanceClient,
}

impl Link {
    /// Prepares the connections; none is made before it is used.
    pub(super) fn new(options: &EtcdOptions) -> Result<Link> {
        let tls = options.tls.as_ref().map(|tls| tls.load()).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        // A server that is not there may not eat the time of the others.
        let several = options.endpoints.len() > 1;
        let connect = options.timeout.min(Duration::from_secs(if several { 1 } else { 5 }));
        let credentials =
            options.user.clone().zip(options.password.clone().or(Some(String::new())));
        let servers = options.endpoints.iter().map(|address| {
            let bad = |error: tonic::transport::Error| {
                Error::new(Kind::Usage, format!("`{address}` is no address of a server"))
                    .because(error)
            };
            let mut endpoint = Endpoint::from_shared(format!("{scheme}://{address}"))
                .map_err(bad)?
                .connect_timeout(connect)
                .http2_keep_alive_interval(PING_EVERY)
                .keep_alive_timeout(PING_ANSWER)
                .keep_alive_while_idle(true)
                .initial_stream_window_size(WINDOW)
                .initial_connection_window_size(WINDOW);
            if let Some(tls) = &tls {
                endpoint = endpoint.tls_config(tls.clone()).map_err(|error| {
                    Error::new(Kind::Usage, "the TLS certificates cannot be used").because(error)
                })?;
            }
            let credentials = credentials.clone();
            Ok(Server { address: address.clone(), endpoint, credentials, clients: OnceCell::new() })
        });
        let servers = servers.collect::<Result<Vec<_>>>()?;
        if servers.is_empty() {
            return Err(Error::new(Kind::Usage, "an etcd endpoint names at least one server"));
        }
        Ok(Link { servers, current: AtomicUsize::new(0), timeout: options.timeout })
    }

    /// How many servers there are.
    pub(super) fn len(&self) -> usize {
        self.servers.len()
    }

    /// `host:port` of a server.
    pub(super) fn address(&self, index: usize) -> &str {
        self.servers.get(index).map_or("", |server| &server.address)
    }

    /// All addresses, as they stand in an endpoint.
    pub(super) fn addresses(&self) -> String {
        self.servers.iter().map(|server| server.address.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The server to ask first.
    pub(super) fn current(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// Asks another server first from now on, after this one has not answered.
    pub(super) fn pass(&self, index: usize) {
        self.current.store((index + 1) % self.len(), Ordering::Relaxed);
    }

    /// When a call that begins now has to be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Calls one server after another until one answers or `deadline` has come.
    /// For what does no harm when it is done twice.
    pub(super) async fn call<T, F, Call>(&self, deadline: Instant, call: F) -> Result<T, Fault>
    where
        F: Fn(Clients) -> Call,
        Call: Future<Output = Result<T, etcd_client::Error>>,
    {
        let mut pause = Duration::from_millis(20);
        let mut longest = if self.len() > 1 { FIRST_SHARE } else { self.timeout };
        loop {
            let why = match self.once(deadline, longest, &call).await {
                Err(Fault::Away(why)) => why,
                answer => return answer,
            };
            if Instant::now() + pause >= deadline {
                return Err(Fault::Away(why));
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(Duration::from_millis(500));
            longest = self.timeout;
        }
    }

    /// Calls each server once, until one answers; each gets its share of the time.
    async fn once<T, F, Call>(
        &self,
        deadline: Instant,
        longest: Duration,
        call: &F,
    ) -> Result<T, Fault>
    where
        F: Fn(Clients) -> Call,
        Call: Future<Output = Result<T, etcd_client::Error>>,
    {
        let first = self.current();
        let mut why = String::new();
        for step in 0..self.len() {
            let share = deadline.saturating_duration_since(Instant::now())
                / (self.len() - step).try_into().unwrap_or(1);
            let index = (first + step) % self.len();
            match self.ask(index, Instant::now() + share.min(longest), call).await {
                Err(Fault::Away(reason)) => why = reason,
                answer => return answer,
            }
        }
        Err(Fault::Away(why))
    }

    /// Calls one server, with a new token when the old one has run out.
    pub(super) async fn ask<T, F, Call>(
        &self,
        index: usize,
        until: Instant,
        call: &F,
    ) -> Result<T, Fault>
    where
        F: Fn(Clients) -> Call,
        Call: Future<Output = Result<T, etcd_client::Error>>,
    {
        let late = |_| Fault::Away("no answer in time".to_owned());
        let clients = timeout_at(until, self.clients(index)).await.map_err(late)??;
        let answer = timeout_at(until, call(clients.clone())).await.map_err(late)?;
        let answer = match answer.map_err(Fault::from) {
            Err(Fault::Token) => {
                let renewed = timeout_at(until, clients.whole.refresh_token()).await;
                renewed.map_err(late)?.map_err(Fault::from)?;
                timeout_at(until, call(clients)).await.map_err(late)?.map_err(Fault::from)
            }
            answer => answer,
        };
        if answer.is_ok() {
            self.current.store(index, Ordering::Relaxed);
        }
        match answer {
            Err(Fault::Token) => Err(Fault::Told(Error::new(
                Kind::Denied,
                "etcd does not accept the token that it has just given",
            ))),
            answer => answer,
        }
    }

    /// A new token for the server, if there is a user.
    pub(super) async fn refresh(&self, index: usize) -> Result<(), Fault> {
        Ok(self.clients(index).await?.whole.refresh_token().await?)
    }

    /// The clients of a server; the user is proved when they are made.
    pub(super) async fn clients(&self, index: usize) -> Result<Clients, Fault> {
        let server = self.servers.get(index % self.len()).ok_or(Fault::Away(String::new()))?;
        let made = server.clients.get_or_try_init(|| async {
            let channel = Channel::Tonic(server.endpoint.connect_lazy());
            let options = ConnectOptions::new().with_require_leader(true);
            let Some((user, password)) = &server.credentials else {
                return Client::from_channel(channel, Some(options)).await.map(Clients::of);
            };
            let with_user = options.clone().with_user(user, password);
            match Client::from_channel(channel.clone(), Some(with_user)).await {
                Err(error) if error.to_string().contains("authentication is not enabled") => {
                    Client::from_channel(channel, Some(options)).await.map(Clients::of)
                }
                client => client.map(Clients::of),
            }
        });
        Ok(made.await?.clone())
    }

    /// The failure of a call, as it is told: `doing` is what was being done.
    pub(super) fn tell(&self, fault: Fault, doing: impl FnOnce() -> String) -> Error {
        match fault {
            Fault::Away(why) => self.away(&why),
            Fault::Told(error) => error.within(doing()),
            Fault::Sink(error) => error,
            other => Error::new(Kind::Failed, doing()).because(format!("{other:?}")),
        }
    }

    /// No server answers.
    pub(super) fn away(&self, why: &str) -> Error {
        let who: Vec<_> = self.servers.iter().map(|s| format!("`{}`", s.address)).collect();
        let verb = if who.len() == 1 { "does" } else { "do" };
        let error =
            Error::new(Kind::Unavailable, format!("etcd at {} {verb} not answer", who.join(", ")));
        if why.is_empty() { error } else { error.because(why.to_owned()) }
    }
}

impl Clients {
    fn of(whole: Client) -> Clients {
        Clients {
            kv: whole.kv_client().max_decoding_message_size(MAX_ANSWER),
            watch: whole.watch_client().max_decoding_message_size(MAX_ANSWER),
            lease: whole.lease_client(),
            maintenance: whole.maintenance_client(),
            whole,
        }
    }
}

/// Between half of `pause` and all of it, so that many who wait do not come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
