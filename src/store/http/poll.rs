//! Following the metadata API by long polls: each answer is compared with the one before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::part::Part;
use super::seen::{Seen, common};
use super::store::Inner;
use crate::client::link::{Fault, jittered};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::watching::by_task;
use crate::store::{At, Event, Revised, Revision, Watch};

/// A poll is made anew after this long: nothing is lost by it, and a service that
/// has frozen is found.
const LONGEST: Duration = Duration::from_secs(120);
/// Between polls that were answered without any change.
const REST: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(2);

struct Poller {
    service: Arc<Inner>,
    subtrees: Vec<Path>,
    /// What was seen last.
    seen: Seen,
    /// The part of a metad's management API that is asked instead of the metadata API.
    managed: Option<Part>,
    away: bool,
    events: mpsc::Sender<Result<Event>>,
}

/// A watch of what the metadata API shows after version `after`.
///
/// What happened between two answers is told as one. It begins with the state that
/// was read last; of others it is not known what they were: `Compacted`, on which
/// the caller reads anew and compares.
pub(super) fn watch(
    service: &Arc<Inner>,
    subtrees: &[Path],
    after: Revision,
    managed: Option<Part>,
) -> Result<Box<dyn Watch>> {
    let top = common(subtrees);
    let last = service.last_seen();
    let Some(seen) = last.filter(|seen| seen.version == after && seen.top.contains(&top)) else {
        let message = format!("the metadata API does not tell what has changed since `{after}`");
        return Err(Error::new(Kind::Compacted, message));
    };
    let (service, subtrees) = (Arc::clone(service), subtrees.to_vec());
    Ok(by_task(1, |events| Poller { service, subtrees, seen, managed, away: false, events }.run()))
}

impl Poller {
    async fn run(mut self) {
        let mut pause = Duration::from_millis(20);
        loop {
            let events = match self.poll().await {
                Ok(events) => {
                    pause = Duration::from_millis(20);
                    events
                }
                Err(Fault::Away { error, .. }) => {
                    let news = !std::mem::replace(&mut self.away, true);
                    if news && self.events.send(Ok(Event::Away(error))).await.is_err() {
                        return;
                    }
                    sleep(jittered(pause)).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                    continue;
                }
                Err(fault) => {
                    // Whoever does not listen any more does not miss it.
                    let _ = self.events.send(Err(fault.into())).await;
                    return;
                }
            };
            for event in events {
                if self.events.send(Ok(event)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// One poll, and what it tells.
    async fn poll(&mut self) -> Result<Vec<Event>, Fault> {
        let began = Instant::now();
        let Some(later) = self.look(began).await? else { return Ok(Vec::new()) };
        let mut events = Vec::new();
        if std::mem::take(&mut self.away) {
            events.push(Event::Back);
        }
        let changes = self.seen.changes(&later, &self.subtrees);
        if changes.is_empty() && began.elapsed() < REST {
            sleep(jittered(REST)).await;
        }
        if !changes.is_empty() {
            let revision = later.version;
            events.push(Event::Commit(Revised { revision, note: None, changes }));
        }
        self.service.keep(&later);
        self.seen = later;
        Ok(events)
    }

    /// What there is now, or at the next change; none when nothing has changed.
    async fn look(&self, began: Instant) -> Result<Option<Seen>, Fault> {
        let top = self.seen.top.clone();
        if let Some(part) = &self.managed {
            // There is nothing to wait for: it is asked again and again.
            let until = began + self.service.manage.timeout();
            return self.service.see_managed(part, &top, At::Latest, until).await.map(Some);
        }
        let link = &self.service.metadata;
        let server = link.current();
        let query = match self.away {
            // Where the service has come back nothing is waited for.
            true => None,
            false => Some(format!("wait=true&prev_version={}", self.seen.version)),
        };
        let until = began + if self.away { link.timeout() } else { LONGEST };
        let looked = self.service.look_once(&top, query.as_deref(), server, until).await;
        match looked {
            // The service may as well have nothing to say.
            Err(Fault::Away { .. }) if !self.away && Instant::now() >= until => Ok(None),
            Err(fault) => {
                link.pass(server);
                Err(fault)
            }
            Ok(later) => Ok(Some(later)),
        }
    }
}
