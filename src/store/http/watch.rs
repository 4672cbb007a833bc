//! Following the commits of a service through restarts and cut connections.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::store::{Http, Inner, encoded};
use crate::client::lines::Lines;
use crate::client::link::{Ask, Fault, jittered};
use crate::client::wire::{ALIVE_EVERY, WatchFrom, WatchLine};
use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::store::watching::{Past, by_task};
use crate::store::{Event, Revised, Revision, Watch};

/// Commits that wait for the caller before the service is kept waiting.
const WAITING: usize = 64;
/// How long one server may take to begin a watch.
const BEGIN: Duration = Duration::from_secs(3);
/// A service that says nothing for so long is away.
const SILENT: Duration = Duration::from_secs(3 * ALIVE_EVERY.as_secs());
/// A watch that is back so soon was not away.
const GRACE: Duration = Duration::from_millis(250);
/// A first connection may take longer.
const FIRST_GRACE: Duration = Duration::from_secs(2);

/// Why following has stopped.
enum Stop {
    /// Nobody listens any more.
    Unheard,
    /// The connection is lost.
    Lost(Error),
    Told(Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        match fault {
            Fault::Away { error, .. } => Stop::Lost(error),
            fault => Stop::Told(fault.into()),
        }
    }
}

struct Follower {
    service: Arc<Inner>,
    subtrees: Vec<Path>,
    past: Past,
    /// Everything up to here has been told.
    applied: Revision,
    /// Whether the caller was told that the store behind the service is away.
    away: bool,
    events: mpsc::Sender<Result<Event>>,
}

impl Http {
    /// [`Store::watch`](crate::store::Store::watch), and
    /// [`Store::follow`](crate::store::Store::follow) with the past untold.
    pub(super) fn watch_all(
        &self,
        subtrees: &[Path],
        after: Revision,
        past: Past,
    ) -> Box<dyn Watch> {
        let (service, subtrees) = (Arc::clone(&self.0), subtrees.to_vec());
        by_task(WAITING, |events| {
            Follower { service, subtrees, past, applied: after, away: false, events }.run()
        })
    }
}

impl Follower {
    async fn run(mut self) {
        let mut grace = FIRST_GRACE;
        let mut why = self.service.manage.away("no answer in time");
        let error = loop {
            let stop = match self.begin(grace, why).await {
                Ok(lines) => self.follow(lines).await,
                Err(stop) => stop,
            };
            grace = GRACE;
            match stop {
                Stop::Unheard => return,
                Stop::Lost(lost) => why = lost,
                Stop::Told(error) => break error,
            }
        };
        // Whoever does not listen any more does not miss it.
        let _ = self.events.send(Err(error)).await;
    }

    async fn tell(&self, event: Event) -> Result<(), Stop> {
        self.events.send(Ok(event)).await.map_err(|_| Stop::Unheard)
    }

    /// Finds a server that begins the watch after what is applied; says so when
    /// that takes longer than `grace`.
    async fn begin(&mut self, grace: Duration, why: Error) -> Result<Lines, Stop> {
        let told = self.away;
        let (lines, away) = {
            let begin = self.begin_anywhere();
            tokio::pin!(begin);
            match timeout(grace, &mut begin).await {
                Ok(begun) => (begun?, told),
                Err(_) => {
                    if !told {
                        self.tell(Event::Away(why)).await?;
                    }
                    (begin.await?, true)
                }
            }
        };
        if away {
            self.tell(Event::Back).await?;
        }
        self.away = false;
        Ok(lines)
    }

    /// Tries all servers until one begins the watch.
    async fn begin_anywhere(&self) -> Result<Lines, Stop> {
        let link = &self.service.manage;
        let follow = self.past == Past::Untold;
        let from = WatchFrom { trees: self.subtrees.clone(), from: self.applied, follow };
        let ask = Ask::json(Method::POST, "/v1/watch", encoded(&from).map_err(Stop::Told)?);
        let mut pause = Duration::from_millis(20);
        loop {
            for _ in 0..link.len() {
                let server = link.current();
                match link.begin(server, Instant::now() + BEGIN, &ask).await {
                    Ok(response) => return Ok(Lines::new(response)),
                    Err(Fault::Away { .. }) => link.pass(server),
                    Err(fault) => return Err(Stop::Told(fault.into())),
                }
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Tells what the service sends, until it stops.
    async fn follow(&mut self, mut lines: Lines) -> Stop {
        let service = Arc::clone(&self.service);
        loop {
            let line = match lines.next(&service.manage, SILENT).await {
                Ok(Some([])) => continue,
                Ok(Some(line)) => serde_json::from_slice(line),
                Ok(None) => return Stop::Lost(service.manage.away("the watch has ended")),
                Err(fault) => return fault.into(),
            };
            let told = match line {
                Ok(WatchLine::Commit(told)) => self.apply(told.into()).await,
                Ok(WatchLine::Away(failure)) => {
                    self.away = true;
                    self.tell(Event::Away(failure.into())).await
                }
                Ok(WatchLine::Back(_)) => {
                    self.away = false;
                    self.tell(Event::Back).await
                }
                Ok(WatchLine::Error(failure)) => return Stop::Told(failure.into()),
                Err(error) => return service.manage.garbled(error).into(),
            };
            if let Err(stop) = told {
                return stop;
            }
        }
    }

    async fn apply(&mut self, revised: Revised) -> Result<(), Stop> {
        let revision = revised.revision;
        if revision <= self.applied {
            return Ok(());
        }
        self.tell(Event::Commit(revised)).await?;
        self.applied = revision;
        self.service.saw(revision);
        Ok(())
    }
}
