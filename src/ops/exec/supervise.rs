//! Keeps the program running with the present values: when its variables have
//! changed, it is ended and started again.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::choice::{Choice, Variables};
use super::start::Program;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::ops::group::{Group, exit_code};
use crate::ops::view::View;
use crate::ops::watch::attend::{Seen, attend};

/// What to run, and how.
#[derive(Debug)]
pub struct Order {
    pub choice: Choice,
    pub program: Program,
    /// Wait until it has been quiet for the first, at most for the second.
    pub debounce: (Duration, Duration),
    /// How long the program may take to end when it is started again.
    pub grace: Duration,
    /// Whether it gets this process's standard input.
    pub input: bool,
}

/// What goes on.
#[derive(Debug)]
pub enum Told<'a> {
    /// The store does not answer.
    Away(&'a Error),
    /// It answers again.
    Back,
    /// What is there now cannot be variables; the program goes on as it is.
    Unfit(&'a Error),
    /// Changes can no longer be followed; the program goes on as it is.
    Unwatched(&'a Error),
    /// The program is ended and started again.
    Restart,
}

/// Runs the program until it ends by itself, which is told as [`Kind::Child`].
///
/// `signals` is asked for them once the first program is to be started: they go
/// to its whole process group. Before that the errors of [`Choice::read`], and
/// `NotRunnable` or `NoCommand` for what cannot be started, also later on.
pub async fn supervise(
    view: &View,
    order: &Order,
    signals: &dyn Fn() -> Result<UnboundedReceiver<Signal>>,
    tell: &dyn Fn(Told<'_>),
) -> Result<Infallible> {
    let news = News::default();
    let mut leaves = BTreeMap::new();
    let attending = attend(view, &order.choice.prefixes, |seen| {
        news.take_in(&order.choice, &mut leaves, seen);
        None::<Infallible>
    });
    let keeping = async {
        let first = news.first(tell).await?;
        let mut keeper = Keeper {
            order,
            child: start(order, &first)?,
            running: first,
            wanted: None,
            signals: signals()?,
            is_ending: false,
            tell,
        };
        keeper.keep(&news).await
    };
    tokio::pin!(attending, keeping);
    tokio::select! {
        biased;
        error = &mut keeping => Err(error?),
        outcome = &mut attending => {
            let Err(error) = outcome;
            // A program that runs is not ended because nobody tells it news.
            news.push(Item::Unwatched(error));
            Err(keeping.await?)
        }
    }
}

/// What was seen of the store, until the keeper takes it.
#[derive(Default)]
struct News {
    items: RefCell<VecDeque<Item>>,
    arrived: Notify,
}

enum Item {
    Values(Result<Variables>),
    Away(Error),
    Back,
    Unwatched(Error),
}

impl News {
    fn push(&self, item: Item) {
        self.items.borrow_mut().push_back(item);
        self.arrived.notify_one();
    }

    fn take_in(&self, choice: &Choice, leaves: &mut BTreeMap<Path, String>, seen: Seen) {
        let commit = match seen {
            Seen::Commit(commit) => commit,
            Seen::Away(error) => return self.push(Item::Away(error)),
            Seen::Back => return self.push(Item::Back),
        };
        for change in commit.changes {
            match change.value {
                Some(value) => leaves.insert(change.path, value),
                None => leaves.remove(&change.path),
            };
        }
        self.push(Item::Values(choice.of(leaves)));
    }

    async fn next(&self) -> Item {
        loop {
            if let Some(item) = self.try_next() {
                return item;
            }
            self.arrived.notified().await;
        }
    }

    fn try_next(&self) -> Option<Item> {
        self.items.borrow_mut().pop_front()
    }

    /// The values that the program begins with.
    async fn first(&self, tell: &dyn Fn(Told<'_>)) -> Result<Variables> {
        loop {
            match self.next().await {
                Item::Values(values) => return values,
                Item::Away(error) => tell(Told::Away(&error)),
                Item::Back => tell(Told::Back),
                Item::Unwatched(error) => return Err(error),
            }
        }
    }
}

/// Values that the program does not run with yet.
struct Wanted {
    variables: Variables,
    first: Instant,
    last: Instant,
}

struct Keeper<'a> {
    order: &'a Order,
    child: Child,
    running: Variables,
    wanted: Option<Wanted>,
    signals: UnboundedReceiver<Signal>,
    /// Whether somebody wants the program to end for good.
    is_ending: bool,
    tell: &'a dyn Fn(Told<'_>),
}

impl Keeper<'_> {
    async fn keep(&mut self, news: &News) -> Result<Error> {
        loop {
            let due = self.wanted.as_ref().filter(|_| !self.is_ending).map(|wanted| {
                let (min, max) = self.order.debounce;
                (wanted.last + min).min(wanted.first + max)
            });
            tokio::select! {
                biased;
                status = self.child.wait() => return ended(status.ok()),
                Some(signal) = self.signals.recv() => self.pass_on(signal),
                item = news.next() => self.take(item),
                () = until(due) => {
                    if let Some(ended) = self.restart(news).await? {
                        return Ok(ended);
                    }
                }
            }
        }
    }

    fn pass_on(&mut self, signal: Signal) {
        self.is_ending |= is_final(signal);
        Group::of(&self.child).signal(signal);
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Values(Ok(variables)) if variables == self.running => self.wanted = None,
            Item::Values(Ok(variables)) => {
                let last = Instant::now();
                let first = self.wanted.as_ref().map_or(last, |wanted| wanted.first);
                self.wanted = Some(Wanted { variables, first, last });
            }
            Item::Values(Err(error)) => {
                self.wanted = None;
                (self.tell)(Told::Unfit(&error));
            }
            Item::Away(error) => (self.tell)(Told::Away(&error)),
            Item::Back => (self.tell)(Told::Back),
            Item::Unwatched(error) => (self.tell)(Told::Unwatched(&error)),
        }
    }

    /// Ends the program, within its grace; signals still get to it.
    async fn end(&mut self) -> Option<ExitStatus> {
        let group = Group::of(&self.child);
        let ending = group.end(&mut self.child, self.order.grace);
        tokio::pin!(ending);
        loop {
            tokio::select! {
                biased;
                status = &mut ending => return status,
                Some(signal) = self.signals.recv() => {
                    self.is_ending |= is_final(signal);
                    group.signal(signal);
                }
            }
        }
    }

    /// Ends the program and starts it with the newest values; how it ended when
    /// somebody has meanwhile wanted that for good.
    async fn restart(&mut self, news: &News) -> Result<Option<Error>> {
        (self.tell)(Told::Restart);
        let status = self.end().await;
        if self.is_ending {
            return ended(status).map(Some);
        }
        while let Some(item) = news.try_next() {
            self.take(item);
        }
        // Where the values went back meanwhile, it starts as it was.
        if let Some(wanted) = self.wanted.take() {
            self.running = wanted.variables;
        }
        self.child = start(self.order, &self.running)?;
        Ok(None)
    }
}

/// Whether the signal wants the program to end for good.
fn is_final(signal: Signal) -> bool {
    matches!(signal, Signal::TERM | Signal::INT | Signal::QUIT)
}

/// Starts the program in a process group of its own.
fn start(order: &Order, variables: &Variables) -> Result<Child> {
    let mut command = Command::from(order.program.command(variables));
    command.process_group(0);
    if !order.input {
        command.stdin(Stdio::null());
    }
    command.spawn().map_err(|error| order.program.not_started(&error, variables))
}

/// How the program has ended, as the end of this one.
fn ended(status: Option<ExitStatus>) -> Result<Error> {
    let code = status.and_then(exit_code).and_then(|code| u8::try_from(code).ok());
    match code {
        Some(code) => Ok(Error::new(Kind::Child(code), "the command has ended")),
        None => Err(Error::new(Kind::Failed, "finding out how the command has ended")),
    }
}

/// That moment; never, when there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
