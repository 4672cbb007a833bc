//! Brings what a follower tells to whoever is to know, one delivery at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::change::Commit;
use super::cursor::{Cursor, Subject};
use super::follow::{self, Begin, Told};
use super::pace::{Pace, Pending};
use crate::error::{Error, Kind, Result};
use crate::ops::view::View;

/// A delivery under way; it is over when the changes have arrived.
pub type Delivery = Pin<Box<dyn Future<Output = Result<Arrival>>>>;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    Arrived,
    /// The handler has taken the changes and failed: how it ended.
    Failed(String),
}

/// Who is to know of changes.
pub trait Deliver {
    /// Begins to hand over whole commits, oldest first. Not called again before
    /// that delivery is over.
    fn deliver(&mut self, commits: Arc<[Commit]>) -> Delivery;

    /// Takes in what is going on beside the changes.
    fn notice(&mut self, notice: Notice<'_>);
}

/// What is going on beside the changes.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The store does not answer.
    Away(&'a Error),
    /// It answers again, and nothing was missed.
    Back,
    /// History was compacted; the view was compared with what had been told.
    Compared { revision: u64, differences: usize },
    /// The view has become empty, which is not delivered.
    Empty,
    /// A handler has failed, and how it ended.
    Failed(&'a str),
}

/// What to watch, and how.
pub struct Request {
    pub subject: Subject,
    pub begin: Begin,
    pub pace: Pace,
    /// Where to keep what has been delivered.
    pub cursor: Option<Cursor>,
    /// End when the store has been away for that long.
    pub stale_after: Option<Duration>,
}

/// Watches until `ended` says why not to go on, until the wanted number of
/// changes is delivered, or until an error that trying again does not help
/// against. What was told before such an error is delivered first.
pub async fn watch(
    view: &View,
    request: Request,
    deliver: &mut dyn Deliver,
    ended: impl Future<Output = Error>,
) -> Result<()> {
    let Request { subject, begin, pace, cursor, stale_after } = request;
    let (tell, told) = mpsc::channel(64);
    let is_new = matches!(begin, Begin::Initial);
    let desk = Desk {
        deliver,
        told,
        pending: Pending::new(pace, fastrand::Rng::new()),
        running: None,
        cursor,
        is_new,
        is_held: false,
        stale_after,
        stale_at: None,
    };
    tokio::select! {
        biased;
        error = ended => Err(error),
        outcome = desk.run(follow::follow(view, subject, begin, tell)) => outcome,
    }
}

struct Desk<'a> {
    deliver: &'a mut dyn Deliver,
    told: mpsc::Receiver<Told>,
    pending: Pending,
    running: Option<(Arc<[Commit]>, Delivery)>,
    cursor: Option<Cursor>,
    /// Whether nothing is kept before the state at the start is delivered.
    is_new: bool,
    /// Whether it was said that the view is empty.
    is_held: bool,
    stale_after: Option<Duration>,
    stale_at: Option<Instant>,
}

impl Desk<'_> {
    async fn run(mut self, following: impl Future<Output = Result<()>>) -> Result<()> {
        tokio::pin!(following);
        loop {
            while self.pending.wants()
                && let Ok(told) = self.told.try_recv()
            {
                self.take_in(told)?;
            }
            self.start_if_due(Instant::now());
            if self.running.is_none() && self.pending.is_finished() {
                return Ok(());
            }
            let due = if self.running.is_none() { self.pending.due() } else { None };
            tokio::select! {
                biased;
                outcome = &mut following => return self.finish(outcome).await,
                arrival = running(&mut self.running) => self.arrived(arrival)?,
                Some(told) = self.told.recv(), if self.pending.wants() => self.take_in(told)?,
                () = until(due) => {}
                () = until(self.stale_at) => {
                    let error = stale(self.stale_after.unwrap_or_default());
                    return self.finish(Err(error)).await;
                }
            }
        }
    }

    fn take_in(&mut self, told: Told) -> Result<()> {
        match told {
            Told::Began(position) => {
                if let Some(cursor) = &mut self.cursor {
                    cursor.begin(position, !self.is_new)?;
                }
            }
            Told::Commit(commit) => self.pending.add(commit, Instant::now()),
            Told::Away(error) => {
                self.deliver.notice(Notice::Away(&error));
                self.stale_at = self.stale_after.map(|after| Instant::now() + after);
            }
            Told::Back => {
                self.deliver.notice(Notice::Back);
                self.stale_at = None;
            }
            Told::Compared { revision, differences } => {
                self.deliver.notice(Notice::Compared { revision, differences });
            }
        }
        let is_held = self.pending.is_held();
        if is_held && !self.is_held {
            self.deliver.notice(Notice::Empty);
        }
        self.is_held = is_held;
        Ok(())
    }

    fn start_if_due(&mut self, now: Instant) {
        if self.running.is_none() && self.pending.due().is_some_and(|due| due <= now) {
            self.start();
        }
    }

    fn start(&mut self) {
        let commits: Arc<[Commit]> = self.pending.take().into();
        self.running = Some((Arc::clone(&commits), self.deliver.deliver(commits)));
    }

    fn arrived(&mut self, (commits, arrival): (Arc<[Commit]>, Result<Arrival>)) -> Result<()> {
        if let Arrival::Failed(how) = arrival? {
            self.deliver.notice(Notice::Failed(&how));
        }
        match &mut self.cursor {
            Some(cursor) => cursor.advance(&commits),
            None => Ok(()),
        }
    }

    /// Delivers what was told before the end.
    async fn finish(mut self, outcome: Result<()>) -> Result<()> {
        while self.pending.wants()
            && let Ok(told) = self.told.try_recv()
        {
            self.take_in(told)?;
        }
        loop {
            if self.running.is_none() && self.pending.due().is_none() {
                return outcome;
            }
            if self.running.is_none() {
                self.start();
            }
            let arrival = running(&mut self.running).await;
            self.arrived(arrival)?;
        }
    }
}

/// The end of the delivery under way; never, when there is none.
async fn running(slot: &mut Option<(Arc<[Commit]>, Delivery)>) -> (Arc<[Commit]>, Result<Arrival>) {
    let Some((commits, delivery)) = slot else { return std::future::pending().await };
    let arrival = delivery.as_mut().await;
    let commits = Arc::clone(commits);
    *slot = None;
    (commits, arrival)
}

/// That moment; never, when there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

fn stale(after: Duration) -> Error {
    let text = format!("watching: the store has been away for {} s", after.as_secs_f64());
    Error::new(Kind::Unavailable, text)
}
