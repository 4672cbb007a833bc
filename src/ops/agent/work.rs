//! One command from its claim to its report.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::watch;

use super::child::{self, Ended, SharedLog, Stop};
use super::claim::{Claim, claim};
use super::report::{patiently, report};
use super::serve::Me;
use super::slot::Slot;
use crate::error::{Error, Kind, Result};
use crate::model::command::{Fate, Runner, State, order};
use crate::model::path::Path;
use crate::model::shell;
use crate::ops::command::records;
use crate::ops::view::View;
use crate::store::{At, Event, Revision, reading};

/// The exit code of what an agent does not run, as that of a shell.
const REFUSED: i32 = 126;

/// What an agent runs, and how.
pub struct Rules {
    /// Only what one of them matches as a whole; everything when there is none.
    pub allow: Vec<regex::Regex>,
    /// By `/bin/sh -c`; else words are taken apart and run as they are.
    pub shell: bool,
    /// More variables for all commands.
    pub variables: Vec<(String, String)>,
    pub log: PathBuf,
    /// In bytes.
    pub log_size: u64,
}

/// What came of a command.
pub(super) enum Outcome {
    /// It has ended, and that was reported.
    Ended(Fate),
    /// Another agent of this node runs it.
    Elsewhere(Runner),
    /// There was nothing to do: it had ended, or its record is gone.
    Nothing,
}

/// What an agent needs to work.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) view: &'a View,
    pub(super) me: &'a Me,
    pub(super) rules: &'a Rules,
    pub(super) log: &'a SharedLog,
}

impl Work<'_> {
    /// Claims a command, runs it and reports; `stop` ends it when it is true.
    pub(super) async fn one(
        self,
        slot: Slot,
        stop: watch::Receiver<bool>,
        started: impl Fn(&Slot),
        away: impl Fn(&Error),
    ) -> Result<Outcome> {
        let claimed = patiently(async || claim(self.view, self.me, &slot).await, &away).await?;
        let (fate, revision) = match claimed {
            Claim::Own(fate, revision) => (fate, revision),
            Claim::Taken(runner) => return Ok(Outcome::Elsewhere(runner)),
            Claim::Over => return Ok(Outcome::Nothing),
        };
        started(&slot);
        self.say(&format!("{} runs: {}", slot.id, slot.command));
        let (fate, output) = self.ran(&slot, fate, revision, stop).await;
        self.say(&format!("{} has ended: {}", slot.id, fate.words()));
        let done = async || report(self.view, self.me, &slot.id, &fate, &output).await;
        match patiently(done, &away).await? {
            true => Ok(Outcome::Ended(fate)),
            false => Ok(Outcome::Nothing),
        }
    }

    fn say(&self, text: &str) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).line(text);
    }

    /// Runs it; gives its record and its output.
    async fn ran(
        &self,
        slot: &Slot,
        fate: Fate,
        revision: Revision,
        stop: watch::Receiver<bool>,
    ) -> (Fate, String) {
        let started = match self.command(slot) {
            Ok(command) => {
                let path = order::fate(&slot.id, &self.me.node_id).unwrap_or_else(|_| Path::root());
                let stop = async {
                    tokio::select! {
                        () = self.cancelled(path, revision) => Stop::Cancelled,
                        () = told(stop) => Stop::Agent,
                    }
                };
                let limit = Duration::from_secs(slot.timeout.into());
                let why = |error: std::io::Error| format!("cannot be started: {error}\n");
                child::run(command, limit, stop, self.log).await.map_err(why)
            }
            Err(why) => Err(format!("refused by the agent: {why}\n")),
        };
        let finished = Some(records::now());
        match started {
            Ok(ended) => {
                let output = ended.tail.text();
                (Fate { finished, ..of(ended, fate) }, output)
            }
            Err(why) => {
                let (state, exit) = (State::Done, Some(REFUSED));
                let note = Some(why.trim_end().to_owned());
                (Fate { state, exit, finished, note, printed: Some(0), ..fate }, why)
            }
        }
    }

    /// The process to start; the error says why it is not.
    fn command(&self, slot: &Slot) -> std::result::Result<Command, String> {
        let allow = &self.rules.allow;
        if !allow.is_empty() && !allow.iter().any(|rule| rule.is_match(&slot.command)) {
            return Err("`--allow` has no pattern for it".to_owned());
        }
        let mut command = if self.rules.shell {
            let mut shell = Command::new("/bin/sh");
            shell.arg("-c").arg(&slot.command);
            shell
        } else {
            let words = shell::split(&slot.command).map_err(|error| error.message().to_owned())?;
            let (program, arguments) = words.split_first().ok_or("it has no words")?;
            let mut command = Command::new(program);
            command.args(arguments);
            command
        };
        command.envs(self.rules.variables.iter().map(|(name, value)| (name, value)));
        command
            .env("METACTL_CMD_ID", &slot.id)
            .env("METACTL_CMD_TIMEOUT", slot.timeout.to_string());
        command.env("METACTL_CMD_CLUSTER", &self.me.cluster);
        command.env("METACTL_CMD_NODE", &self.me.node_id);
        // A service knows by itself who is calling.
        if !self.view.store().has_own_view() {
            command.env("METACTL_AS", &self.me.ip);
        }
        Ok(command)
    }

    /// Until somebody wants it to end.
    async fn cancelled(&self, path: Path, mut after: Revision) {
        loop {
            // Without the store nobody can cancel anything.
            if let Ok(true) = self.look(&path, &mut after).await {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn look(&self, path: &Path, after: &mut Revision) -> Result<bool> {
        let is_wanted = |text: &str| Fate::read(text).is_ok_and(|fate| fate.cancel.is_some());
        let mut watch = self.view.store().watch(std::slice::from_ref(path), *after).await?;
        loop {
            match watch.next().await {
                Ok(Event::Commit(commit)) => {
                    *after = commit.revision;
                    let mut values = commit.changes.iter().filter_map(|one| one.value.as_deref());
                    if values.any(is_wanted) {
                        return Ok(true);
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == Kind::Compacted => {
                    let (revision, entry) =
                        reading::get(self.view.store(), path, At::Latest).await?;
                    *after = revision;
                    return Ok(entry.is_some_and(|entry| is_wanted(&entry.value)));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// The record of what has run.
fn of(ended: Ended, fate: Fate) -> Fate {
    let (state, note) = match ended.stop {
        None => (State::Done, None),
        Some(Stop::TimedOut) => (State::TimedOut, None),
        Some(Stop::Cancelled) => (State::Cancelled, Some("cancelled while it ran".to_owned())),
        Some(Stop::Agent) => {
            (State::Lost, Some("its agent was stopped, and has ended it".to_owned()))
        }
    };
    Fate { state, exit: ended.exit, note, printed: Some(ended.tail.printed), ..fate }
}

/// Until the agent is to end what it runs.
async fn told(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}
