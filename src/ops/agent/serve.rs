//! The agent's life: follows its slot, runs one command after another, and ends
//! in good order.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::log::Log;
use super::presence::Presence;
use super::report::patiently;
use super::slot::{Keys, Slot};
pub use super::work::Rules;
use super::work::{Outcome, Work};
use super::{process, stale};
use crate::error::{Error, Result};
use crate::model::command::{Fate, Runner};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::ops::watch::follow::{self, Begin, follow};
use crate::store::{At, Note, OwnNode, reading};

/// How often it is looked at commands that another agent of the node runs.
const LOOK: Duration = Duration::from_secs(5);
/// How long a stopped agent tries to report what it has ended.
const LAST_REPORT: Duration = Duration::from_secs(10);

/// An agent and its node.
#[derive(Debug, Clone)]
pub struct Me {
    /// Where nobody has given it one, its instance id at the start.
    pub node_id: String,
    pub instance_id: String,
    pub cluster: String,
    pub ip: String,
    /// Whether a service takes its records, and adds what else there is to write.
    pub by_service: bool,
    pub runner: Runner,
    /// For its commits.
    pub note: Note,
}

/// What an agent tells.
#[derive(Debug)]
pub enum Told<'a> {
    /// It waits for commands, and keeps its log there.
    Ready(&'a Me, &'a std::path::Path),
    Started {
        id: &'a str,
        command: &'a str,
    },
    Ended {
        id: &'a str,
        fate: &'a Fate,
    },
    /// Another agent of this node runs it.
    Elsewhere {
        id: &'a str,
        runner: &'a Runner,
    },
    /// Its agent has ended before it.
    Lost {
        id: &'a str,
    },
    /// It could not be taken, and why.
    Skipped {
        id: &'a str,
        why: &'a Error,
    },
    /// It ends as soon as the command that runs does, at the latest after that.
    Stopping(Duration),
    Away(&'a Error),
    Back,
}

/// Runs what comes into the node's slot, each id once, one after another, until
/// `stop` comes; ends with its error then.
///
/// What runs at that moment may go on for `grace`. While the store is away, the
/// agent waits for it. Errors: who `/self` is, `NotFound` when it has no record.
pub async fn serve(
    view: &View,
    rules: &Rules,
    grace: Duration,
    note: Note,
    tell: &(dyn Fn(Told<'_>) + Send + Sync),
    stop: impl Future<Output = Error>,
) -> Result<()> {
    tokio::pin!(stop);
    let me = tokio::select! {
        me = patiently(async || find(view, &note).await, |error| tell(Told::Away(error))) => me?,
        error = &mut stop => return Err(error),
    };
    let log = Arc::new(Mutex::new(Log::open(&rules.log, rules.log_size)?));
    let mut presence = Presence {
        view,
        node_id: &me.node_id,
        runner: &me.runner,
        note: note.clone(),
        lease: None,
    };
    let mut agent = Agent {
        work: Work { view, me: &me, rules, log: &log },
        tell,
        waiting: VecDeque::new(),
        elsewhere: Vec::new(),
        keys: Keys::default(),
    };
    let ended = tokio::select! {
        ended = agent.run(grace, stop) => ended,
        () = presence.keep() => Ok(()),
    };
    presence.end().await;
    ended
}

/// Who `/self` is.
async fn find(view: &View, note: &Note) -> Result<Me> {
    if let Some(OwnNode { ip, node_id, instance_id, cluster }) = view.store().own_node().await? {
        let (runner, note) = (process::own(), note.clone());
        return Ok(Me { node_id, instance_id, cluster, ip, by_service: true, runner, note });
    }
    let node = view.node("self").await?;
    let (_, leaf) = reading::get(view.store(), &node.record.child("node_id")?, At::Latest).await?;
    let node_id = leaf.map_or_else(|| node.instance_id.clone(), |leaf| leaf.value);
    Ok(Me {
        node_id,
        instance_id: node.instance_id,
        cluster: node.cluster,
        ip: node.ip,
        by_service: false,
        runner: process::own(),
        note: note.clone(),
    })
}

struct Agent<'a> {
    work: Work<'a>,
    tell: &'a (dyn Fn(Told<'_>) + Send + Sync),
    waiting: VecDeque<Slot>,
    /// Ids that another agent of this node runs.
    elsewhere: Vec<String>,
    keys: Keys,
}

/// The command that is being worked on.
type Working<'a> = Pin<Box<dyn Future<Output = (String, Result<Outcome>)> + 'a>>;

impl<'a> Agent<'a> {
    async fn run(
        &mut self,
        grace: Duration,
        stop: Pin<&mut impl Future<Output = Error>>,
    ) -> Result<()> {
        let view = self.work.view;
        self.bury().await?;
        let subject = follow::subject(view, &[Path::parse("/self/cmd")?]).await?;
        let (tell, mut told) = mpsc::channel(64);
        let following = follow(view, subject, Begin::Initial, tell);
        tokio::pin!(following, stop);
        let (end, ending) = watch::channel(false);
        let mut working: Option<Working<'a>> = None;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping: Option<(Error, Instant)> = None;
        loop {
            if working.is_none() {
                match (stopping.take(), self.waiting.pop_front()) {
                    (Some((error, _)), _) => return Err(error),
                    (None, Some(slot)) => working = Some(self.begin(slot, ending.clone())),
                    (None, None) => {}
                }
            }
            let deadline = stopping.as_ref().map(|(_, deadline)| *deadline);
            tokio::select! {
                ended = &mut following => return ended,
                Some(told) = told.recv(), if stopping.is_none() => self.take(told),
                (id, outcome) = wait_for(&mut working) => {
                    working = None;
                    self.ended(id, outcome);
                }
                _ = look.tick(), if !self.elsewhere.is_empty() => self.look().await,
                error = &mut stop, if stopping.is_none() => {
                    if working.is_some() {
                        (self.tell)(Told::Stopping(grace));
                    }
                    stopping = Some((error, Instant::now() + grace));
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    if end.send_replace(true)
                        && let Some((error, _)) = stopping.take()
                    {
                        // Its last report had its time.
                        return Err(error);
                    }
                    if let Some((_, deadline)) = &mut stopping {
                        *deadline = Instant::now() + LAST_REPORT;
                    }
                }
            }
        }
    }

    fn begin(&self, slot: Slot, stop: watch::Receiver<bool>) -> Working<'a> {
        let (work, tell) = (self.work, self.tell);
        Box::pin(async move {
            let id = slot.id.clone();
            let started =
                |slot: &Slot| tell(Told::Started { id: &slot.id, command: &slot.command });
            let away = |error: &Error| tell(Told::Away(error));
            let outcome = work.one(slot, stop, started, away).await;
            (id, outcome)
        })
    }

    /// What was told of the slot.
    fn take(&mut self, told: follow::Told) {
        match told {
            follow::Told::Began(_) => (self.tell)(Told::Ready(self.work.me, &self.work.rules.log)),
            follow::Told::Commit(commit) => self.waiting.extend(self.keys.take(&commit.changes)),
            follow::Told::Away(error) => (self.tell)(Told::Away(&error)),
            follow::Told::Back => (self.tell)(Told::Back),
            follow::Told::Compared { .. } => {}
        }
    }

    fn ended(&mut self, id: String, outcome: Result<Outcome>) {
        match outcome {
            Ok(Outcome::Ended(fate)) => (self.tell)(Told::Ended { id: &id, fate: &fate }),
            Ok(Outcome::Elsewhere(runner)) => {
                (self.tell)(Told::Elsewhere { id: &id, runner: &runner });
                self.elsewhere.push(id);
            }
            Ok(Outcome::Nothing) => {}
            Err(why) => (self.tell)(Told::Skipped { id: &id, why: &why }),
        }
    }

    /// Says of what earlier agents have left that it is lost.
    async fn bury(&self) -> Result<()> {
        let Work { view, me, .. } = self.work;
        let away = |error: &Error| (self.tell)(Told::Away(error));
        for id in patiently(async || stale::bury(view, me).await, away).await? {
            (self.tell)(Told::Lost { id: &id });
        }
        Ok(())
    }

    /// Looks whether the other agents are still there.
    async fn look(&mut self) {
        for id in std::mem::take(&mut self.elsewhere) {
            match stale::look(self.work.view, self.work.me, &id).await {
                Ok(Some(crate::model::command::State::Lost)) => (self.tell)(Told::Lost { id: &id }),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => self.elsewhere.push(id),
            }
        }
    }
}

/// The end of the command that is worked on; never when there is none.
async fn wait_for(working: &mut Option<Working<'_>>) -> (String, Result<Outcome>) {
    match working {
        Some(working) => working.await,
        None => std::future::pending().await,
    }
}
