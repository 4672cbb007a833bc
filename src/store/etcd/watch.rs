//! Following the commits of an etcd through restarts, new leaders and cut connections.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use etcd_client::{GetOptions, WatchOptions, WatchStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::fault::Fault;
use super::gather::Gather;
use super::link::jittered;
use super::store::Etcd;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::watching::{Past, by_task};
use crate::store::{Event, Revision, Watch, refusals};

/// Commits that wait for the caller before the server is kept waiting.
const WAITING: usize = 64;
/// How long one server may take to begin a watch.
const BEGIN: Duration = Duration::from_secs(3);
/// A watch that is back so soon was not away. With the 9 s in which pings find a
/// frozen server this stays below 10.
const GRACE: Duration = Duration::from_millis(250);
/// A first connection may have to prove who it is.
const FIRST_GRACE: Duration = Duration::from_secs(2);
/// etcd has brought a watch up to date long before that.
const SETTLED: Duration = Duration::from_secs(1);

/// Why following has stopped.
enum Stop {
    /// Nobody listens any more.
    Unheard,
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

struct Follower {
    store: Etcd,
    gather: Gather,
    /// Everything up to here has been told.
    applied: Revision,
    events: mpsc::Sender<Result<Event>>,
}

/// A watch that a server has begun.
struct Begun {
    stream: WatchStream,
    server: usize,
    /// When, at the latest, it has to be asked whether the history is whole.
    unsettled: Option<Instant>,
}

impl Etcd {
    /// [`Store::watch`](crate::store::Store::watch).
    pub(super) fn watch_all(
        &self,
        subtrees: &[Path],
        after: Revision,
        past: Past,
    ) -> Box<dyn Watch> {
        let gather = Gather::new(self.layout.clone(), subtrees.to_vec(), past);
        by_task(WAITING, |events| {
            Follower { store: self.clone(), gather, applied: after, events }.run()
        })
    }
}

impl Follower {
    async fn run(mut self) {
        let mut grace = FIRST_GRACE;
        let mut why = String::new();
        let error = loop {
            let stop = match self.begin(grace, why).await {
                Ok(begun) => self.follow(begun).await,
                Err(stop) => stop,
            };
            self.gather.reset();
            grace = GRACE;
            match stop {
                Stop::Unheard => return,
                Stop::Fault(Fault::Away(lost)) => why = lost,
                Stop::Fault(Fault::Compacted) => break self.compacted().await,
                Stop::Fault(fault) => break self.store.link.tell(fault, || "watching".to_owned()),
            }
        };
        // Whoever does not listen any more does not miss it.
        let _ = self.events.send(Err(error)).await;
    }

    async fn compacted(&self) -> Error {
        match self.store.oldest().await {
            Ok(oldest) => refusals::compacted(self.applied, oldest),
            Err(_) => Error::new(
                Kind::Compacted,
                format!("what came after revision `{}` is no longer kept", self.applied),
            ),
        }
    }

    async fn tell(&self, event: Event) -> Result<(), Stop> {
        self.events.send(Ok(event)).await.map_err(|_| Stop::Unheard)
    }

    /// Finds a server that begins the watch after what is applied; says so when
    /// that takes longer than `grace`.
    async fn begin(&self, grace: Duration, why: String) -> Result<Begun, Stop> {
        let why = Mutex::new(why);
        let mut beginning = Box::pin(self.begin_anywhere(&why));
        if let Ok(begun) = timeout(grace, &mut beginning).await {
            return Ok(begun?);
        }
        let reason = why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.tell(Event::Away(self.store.link.away(&reason))).await?;
        let begun = beginning.await?;
        self.tell(Event::Back).await?;
        Ok(begun)
    }

    /// Tries all servers until one begins the watch.
    async fn begin_anywhere(&self, why: &Mutex<String>) -> Result<Begun, Fault> {
        let mut pause = Duration::from_millis(20);
        loop {
            let first = self.store.link.current();
            for step in 0..self.store.link.len() {
                let server = (first + step) % self.store.link.len();
                let begun = timeout(BEGIN, self.begin_at(server)).await;
                match begun.unwrap_or_else(|_| Err(Fault::Away("no answer in time".to_owned()))) {
                    Err(Fault::Away(lost)) => {
                        *why.lock().unwrap_or_else(PoisonError::into_inner) = lost;
                        self.store.link.pass(server);
                    }
                    begun => return begun,
                }
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Begins the watch at one server.
    async fn begin_at(&self, server: usize) -> Result<Begun, Fault> {
        let begun = self.begin_once(server).await;
        if matches!(&begun, Err(Fault::Token)) {
            self.store.link.refresh(server).await?;
            return match self.begin_once(server).await {
                Err(Fault::Token) => {
                    Err(Error::new(Kind::Denied, "etcd denies this watch to the user").into())
                }
                begun => begun,
            };
        }
        begun
    }

    async fn begin_once(&self, server: usize) -> Result<Begun, Fault> {
        let (from, to) = self.gather.covering();
        let mut options = WatchOptions::new()
            .with_range(to)
            .with_start_revision(self.applied as i64 + 1)
            .with_fragment();
        if self.gather.past() == Past::Told {
            options = options.with_prev_key();
        }
        let mut clients = self.store.link.clients(server).await?;
        let mut stream = clients.watch.watch(from, Some(options)).await?;
        let ended = || Fault::Away("the watch has ended".to_owned());
        let created = stream.message().await?.ok_or_else(ended)?;
        if created.canceled() {
            let reason = created.cancel_reason();
            // Some 3.4 call a token that has run out a permission that is denied.
            let of_access = ["permission denied", "auth token", "auth store", "user name"];
            return Err(match created.compact_revision() {
                0 if of_access.iter().any(|words| reason.contains(words)) => Fault::Token,
                0 => Fault::Away(reason.to_owned()),
                _ => Fault::Compacted,
            });
        }
        self.check_history(server).await?;
        let newest = created.header().map_or(0, |header| header.revision()) as Revision;
        let unsettled = (newest > self.applied).then(|| Instant::now() + SETTLED);
        Ok(Begun { stream, server, unsettled })
    }

    /// `Compacted` when something after `applied` may be lost: a watch from the
    /// very revision of the compaction is not refused, but may lack its deletions.
    async fn check_history(&self, server: usize) -> Result<(), Fault> {
        let at = self.applied.max(1) as i64;
        let mut clients = self.store.link.clients(server).await?;
        let options = GetOptions::new().with_revision(at).with_count_only();
        match clients.kv.get(self.store.layout.log(), Some(options)).await.map_err(Fault::from) {
            Ok(_) | Err(Fault::Future) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Tells what the server sends, until it stops.
    async fn follow(&mut self, mut begun: Begun) -> Stop {
        loop {
            let answer = match begun.unsettled {
                None => begun.stream.message().await,
                Some(until) => match timeout_at(until, begun.stream.message()).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        if let Err(fault) = self.settle(&mut begun).await {
                            return fault.into();
                        }
                        continue;
                    }
                },
            };
            let answer = match answer {
                Ok(Some(answer)) => answer.0,
                Ok(None) => return Fault::Away("the watch has ended".to_owned()).into(),
                Err(error) => return lost(error.into()),
            };
            if answer.canceled {
                return match answer.compact_revision {
                    0 => Fault::Away(answer.cancel_reason).into(),
                    _ => Fault::Compacted.into(),
                };
            }
            if !answer.events.is_empty()
                && let Err(fault) = self.settle(&mut begun).await
            {
                return fault.into();
            }
            answer.events.into_iter().for_each(|event| self.gather.add(event));
            if !answer.fragment
                && let Err(stop) = self.tell_complete().await
            {
                return stop;
            }
        }
    }

    /// Asks, once after the beginning, whether what has come by now is whole.
    async fn settle(&self, begun: &mut Begun) -> Result<(), Fault> {
        if begun.unsettled.take().is_none() {
            return Ok(());
        }
        let late = |_| Fault::Away("no answer in time".to_owned());
        timeout(BEGIN, self.check_history(begun.server)).await.map_err(late)?
    }

    async fn tell_complete(&mut self) -> Result<(), Stop> {
        for revised in self.gather.complete() {
            if revised.revision <= self.applied {
                continue;
            }
            let revision = revised.revision;
            if !revised.changes.is_empty() {
                self.tell(Event::Commit(revised)).await?;
            }
            self.applied = revision;
        }
        Ok(())
    }
}

/// A stream that breaks begins anew, with a new token if need be.
fn lost(fault: Fault) -> Stop {
    match fault {
        Fault::Token => Fault::Away("the token has run out".to_owned()).into(),
        fault => fault.into(),
    }
}
