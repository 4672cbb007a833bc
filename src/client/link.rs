//! The way to a service: connections that are kept, the next server when one fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response};
use tokio::time::{Instant, sleep, timeout_at};

use super::failure::{Failure, kind_of_status};
use super::options::{LinkOptions, Place};
use super::tls;
use super::wire::VERSION;
use crate::error::{Error, Kind, Result};
use crate::store::Revision;

/// A server gets so long at first, where there is another one to ask.
const FIRST_SHARE: Duration = Duration::from_secs(2);
/// Between rounds of attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_millis(500);
/// The most that is read of the explanation of a refusal.
const MAX_REFUSAL: usize = 64 << 10;

/// All servers of one service.
pub struct Link {
    client: Client,
    place: Place,
    bases: Vec<String>,
    /// The one that answered last.
    current: AtomicUsize,
    timeout: Duration,
}

/// Attempts at one server after another, with growing pauses after each round.
pub struct Turns<'a> {
    link: &'a Link,
    deadline: Instant,
    longest: Duration,
    pause: Duration,
    step: usize,
}

impl Turns<'_> {
    /// The server to ask now, and until when: each gets its share of the time.
    pub fn now(&self) -> (usize, Instant) {
        let left = self.link.len() - self.step % self.link.len();
        let share = self.deadline.saturating_duration_since(Instant::now()) / left as u32;
        (self.link.current(), Instant::now() + share.min(self.longest))
    }

    /// Goes on to the next one after `fault`, which is returned when there is no
    /// time left.
    pub async fn next(&mut self, fault: Fault) -> Result<(), Fault> {
        self.link.pass(self.link.current());
        self.step += 1;
        if !self.step.is_multiple_of(self.link.len()) && Instant::now() < self.deadline {
            return Ok(());
        }
        if Instant::now() + self.pause >= self.deadline {
            return Err(fault);
        }
        sleep(jittered(self.pause)).await;
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        self.longest = self.link.timeout;
        Ok(())
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub body: Option<Bytes>,
    pub headers: HeaderMap,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// At which revision it is true, where the service says so.
    pub version: Option<Revision>,
    pub body: Bytes,
}

/// Why a call to one server did not do.
#[derive(Debug)]
pub enum Fault {
    /// Not reached, lost on the way, or not able to answer now: another server, or
    /// the same one later, may.
    Away {
        error: Error,
        /// Whether it may have been done nevertheless.
        sent: bool,
    },
    /// The service refuses.
    Refused { status: u16, failure: Failure, version: Option<Revision> },
    /// Trying again does not help.
    Told(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Told(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Away { error, .. } | Fault::Told(error) => error,
            Fault::Refused { failure, .. } => failure.into(),
        }
    }
}

impl Ask {
    pub fn get(target: impl Into<String>) -> Ask {
        Ask { method: Method::GET, target: target.into(), body: None, headers: HeaderMap::new() }
    }

    /// With a body of JSON.
    pub fn json(method: Method, target: impl Into<String>, body: impl Into<Bytes>) -> Ask {
        let mut ask = Ask { method, body: Some(body.into()), ..Ask::get(target) };
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        ask
    }

    /// With a header, if a header can hold the value.
    pub fn with(mut self, name: &'static str, value: &str) -> Ask {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl Link {
    /// Prepares the way; nothing is connected before it is used.
    pub fn new(options: &LinkOptions) -> Result<Link> {
        let several = matches!(&options.place, Place::Hosts { hosts, .. } if hosts.len() > 1);
        // A server that is not there may not eat the time of the others.
        let connect = options.timeout.min(Duration::from_secs(if several { 1 } else { 5 }));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = &options.token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
                Error::new(Kind::Usage, "the token of the management API is no single line of text")
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = Client::builder()
            .no_proxy()
            .http1_only()
            .connect_timeout(connect)
            // A server that is gone without a word is found, however long it is waited for.
            .tcp_keepalive(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers);
        let config = match &options.place {
            Place::Hosts { tls: true, .. } => options.tls.load()?,
            _ => tls::none()?,
        };
        builder = builder.tls_backend_preconfigured(config);
        let bases = match &options.place {
            Place::Hosts { hosts, tls } => {
                let scheme = if *tls { "https" } else { "http" };
                hosts.iter().map(|host| format!("{scheme}://{host}")).collect()
            }
            Place::Unix(path) => {
                builder = builder.unix_socket(path.as_path());
                vec!["http://localhost".to_owned()]
            }
        };
        let unusable = |error| Error::new(Kind::Failed, "preparing the HTTP client").because(error);
        Ok(Link {
            client: builder.build().map_err(unusable)?,
            place: options.place.clone(),
            bases,
            current: AtomicUsize::new(0),
            timeout: options.timeout,
        })
    }

    /// Where the service is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How many servers there are: one at least.
    pub(crate) fn len(&self) -> usize {
        self.bases.len().max(1)
    }

    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When a call that begins now has to be over.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// The server to ask first.
    pub fn current(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// Asks another server first from now on, after this one has not answered.
    pub fn pass(&self, index: usize) {
        self.current.store((index + 1) % self.len(), Ordering::Relaxed);
    }

    /// Asks one server after another until one answers or `deadline` has come. For
    /// what does no harm when it is done twice.
    pub async fn call(&self, deadline: Instant, ask: &Ask) -> Result<Answer, Fault> {
        let mut turns = self.turns(deadline);
        loop {
            let (server, until) = turns.now();
            let answer = match self.begin(server, until, ask).await {
                Ok(response) => self.whole(response, until).await,
                Err(fault) => Err(fault),
            };
            match answer {
                Err(fault @ Fault::Away { .. }) => turns.next(fault).await?,
                answer => return answer,
            }
        }
    }

    /// Whose turn it is to be asked until `deadline`.
    pub fn turns(&self, deadline: Instant) -> Turns<'_> {
        let longest = if self.len() > 1 { FIRST_SHARE } else { self.timeout };
        Turns { link: self, deadline, longest, pause: FIRST_PAUSE, step: 0 }
    }

    /// Asks one server, once, and gives the beginning of what it answers.
    pub async fn begin(&self, server: usize, until: Instant, ask: &Ask) -> Result<Response, Fault> {
        let base = self.bases.get(server % self.len()).map_or("", String::as_str);
        let mut request = self
            .client
            .request(ask.method.clone(), format!("{base}{}", ask.target))
            .headers(ask.headers.clone());
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        let response = match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.lost(&error)),
            Err(_) => return Err(self.late()),
        };
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response);
        }
        let version = version(&response);
        let failure = self.refusal(response, until).await;
        if kind_of_status(status) != Kind::Unavailable {
            return Err(Fault::Refused { status, failure, version });
        }
        // Of a service of ours it is known that it has done nothing unless it says so.
        let sent = failure.kind.is_none() || status != 429;
        Err(Fault::Away { error: failure.into(), sent })
    }

    /// The rest of an answer.
    pub async fn whole(&self, mut response: Response, until: Instant) -> Result<Answer, Fault> {
        let version = version(&response);
        let mut body = Vec::new();
        loop {
            match timeout_at(until, response.chunk()).await {
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
                Ok(Ok(None)) => return Ok(Answer { version, body: body.into() }),
                Ok(Err(error)) => return Err(self.lost(&error)),
                Err(_) => return Err(self.late()),
            }
        }
    }

    /// What a service says when it refuses; its own words where they are metactl's.
    async fn refusal(&self, mut response: Response, until: Instant) -> Failure {
        let status = response.status();
        let mut body = Vec::new();
        while body.len() < MAX_REFUSAL
            && let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        if let Ok(mut failure) = serde_json::from_slice::<Failure>(&body) {
            failure.code = status.as_u16();
            return failure;
        }
        let said = String::from_utf8_lossy(&body);
        let said = said.lines().next().unwrap_or_default().trim();
        let said = if said.is_empty() || said.starts_with('<') { status.as_str() } else { said };
        Failure::foreign(status.as_u16(), format!("`{}` answers: {said}", self.place))
    }

    /// No answer, or no whole one.
    pub fn lost(&self, error: &reqwest::Error) -> Fault {
        let cause = root_cause(error);
        let of_trust = ["certificate", "CertificateRequired", "UnknownIssuer", "HandshakeFailure"];
        if error.is_connect() && of_trust.iter().any(|word| cause.contains(word)) {
            let message = format!("the TLS handshake with `{}` fails", self.place);
            return Fault::Told(Error::new(Kind::Denied, message).because(cause));
        }
        if error.is_builder() || error.is_request() && error.is_redirect() {
            let message = format!("`{}` cannot be asked", self.place);
            return Fault::Told(Error::new(Kind::Usage, message).because(cause));
        }
        Fault::Away { error: self.away(&cause), sent: !error.is_connect() }
    }

    /// No answer in time.
    pub fn late(&self) -> Fault {
        Fault::Away { error: self.away("no answer in time"), sent: true }
    }

    /// The service does not answer.
    pub fn away(&self, why: &str) -> Error {
        let message = format!("the service at `{}` does not answer", self.place);
        Error::new(Kind::Unavailable, message).because(why.to_owned())
    }

    /// An answer that is none.
    pub fn garbled(&self, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
        let message = format!("the answer of `{}` is not understood", self.place);
        Fault::Told(Error::new(Kind::Failed, message).because(error))
    }
}

/// At which revision an answer is true, where the service says so.
pub fn version(response: &Response) -> Option<Revision> {
    response.headers().get(VERSION)?.to_str().ok()?.parse().ok()
}

/// The innermost cause, which is the one that names what happened.
fn root_cause(error: &reqwest::Error) -> String {
    let mut inner: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Between half of `pause` and all of it, so that many who wait do not come back together.
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
