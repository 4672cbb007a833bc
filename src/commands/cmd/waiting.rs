//! Waits for a command with somebody who looks on.

use std::sync::Mutex;
use std::time::Duration;

use super::send::tell_sent;
use crate::commands::args;
use crate::error::{Error, Kind, Result};
use crate::model::command::{Fate, State, Target};
use crate::ops::command::run::{self, Ran, Run, Told};
use crate::ops::view::View;
use crate::session::Session;
use crate::store::Note;
use crate::ui::{Format, Rows, Ui};

/// Whether and how a command is waited for.
#[derive(Debug, Clone, clap::Args)]
pub struct WaitArgs {
    /// Wait until it has ended on all nodes, and show what came of it
    #[arg(long)]
    pub wait: bool,

    /// Run it on at most K nodes at the same time
    #[arg(
        long,
        value_name = "K",
        requires = "wait",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    parallel: Option<u32>,

    /// Begin with no further node after more than N failures, 0 if not given
    #[arg(long, value_name = "N", requires = "wait")]
    max_fail: Option<u32>,

    /// Give up on a node that has had no agent for this long, with exit code 124
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = args::duration)]
    patience: Option<Duration>,
}

impl WaitArgs {
    /// The same order with what was typed.
    pub fn apply(&self, order: Run) -> Run {
        Run {
            parallel: self.parallel.map(|most| most as usize),
            max_fail: self.max_fail.unwrap_or(0) as usize,
            patience: self.patience,
            ..order
        }
    }
}

/// The form to print in: the id alone, or with `--wait` what came of it.
pub fn format(session: &Session, wait: bool) -> Result<Format> {
    if wait {
        return super::show::format(session);
    }
    session.ui.choose(&[Format::Text, Format::Json, Format::Yaml, Format::Value], Format::Text)
}

/// Sends it and waits; `Failed` when a node has not ended with exit code 0,
/// `TimedOut` when all that is wrong are nodes without an agent.
pub async fn wait(
    session: &Session,
    view: &View,
    order: &Run,
    note: Note,
    format: Format,
) -> Result<()> {
    let sent = Mutex::new(None);
    let mut telling = Telling { id: Some(&sent), ..Telling::new(session) };
    let mut tell = |told: Told<'_>| telling.tell(told);
    let ran = tokio::select! {
        ran = run::run(view, order, note, &mut tell) => ran,
        error = session.interrupted() => Err(error),
    };
    drop(telling);
    let id = sent.lock().ok().and_then(|id| id.clone());
    let ran = match (ran, id) {
        (Ok(ran), _) => ran,
        (Err(error), Some(id)) => {
            return Err(error.hint(format!("See how it goes on: `metactl cmd show {id}`")));
        }
        (Err(error), None) => return Err(error),
    };
    session.ui.show(&ran.shown, format)?;
    judged(&ran)
}

/// What came of it, as the end of the program.
fn judged(ran: &Ran) -> Result<()> {
    let failed: Vec<_> = ran.shown.failed().collect();
    let (id, all) = (&ran.shown.id, ran.shown.nodes.len());
    if failed.is_empty() {
        return Ok(());
    }
    if failed.iter().all(|node| ran.given_up.contains(&node.instance_id)) {
        let names = few(&ran.given_up);
        return Err(Error::new(
            Kind::TimedOut,
            format!("no agent has run command `{id}` on {names}"),
        )
        .hint("Start one there: `metactl agent`")
        .hint(format!("Take the command back: `metactl cmd cancel {id}`")));
    }
    let idle = failed.iter().filter(|node| node.state == State::Pending).count();
    let mut message = match all {
        1 => format!("command `{id}` has failed"),
        _ => format!("command `{id}` has failed on {} of {all} nodes", failed.len() - idle),
    };
    if idle > 0 {
        message.push_str(&format!(", and has not begun on {idle}"));
    }
    Err(Error::new(Kind::Failed, message))
}

/// A few names; of more than that, how many.
pub(super) fn few(names: &[String]) -> String {
    match names.get(..5) {
        Some(first) if names.len() > 6 => {
            format!("{} and {} more", first.join(", "), names.len() - first.len())
        }
        _ => names.join(", "),
    }
}

/// Says what goes on: a live row for each node on a terminal, else a line.
pub struct Telling<'a> {
    session: &'a Session,
    rows: Rows,
    /// Set to the id of the command once it is sent.
    id: Option<&'a Mutex<Option<String>>>,
}

impl<'a> Telling<'a> {
    /// Nothing is said yet.
    pub fn new(session: &'a Session) -> Telling<'a> {
        Telling { session, rows: session.ui.rows(), id: None }
    }

    /// Sets a live row; nothing where there are none.
    pub fn row(&mut self, name: &str, text: &str) {
        self.rows.set(name, text);
    }

    /// Says it.
    pub fn tell(&mut self, told: Told<'_>) {
        let ui: &Ui = &self.session.ui;
        match told {
            Told::Sent(sent) => {
                tell_sent(self.session, sent);
                if let Some(Ok(mut id)) = self.id.map(Mutex::lock) {
                    *id = Some(sent.id.clone());
                }
            }
            Told::Fate(node, fate) => self.fate(node, fate),
            Told::NoAgent(node) if self.rows.are_shown() => {
                self.rows.set(&node.instance_id, "no agent");
            }
            Told::NoAgent(node) => ui.status(format!("{}: no agent", node.instance_id)),
            Told::Away(error) => {
                ui.warn(format_args!("the store does not answer, it is waited for: {error}"));
            }
            Told::Back => ui.status("the store answers again"),
        }
    }

    fn fate(&mut self, node: &Target, fate: &Fate) {
        let words = fate.words();
        if self.rows.are_shown() {
            self.rows.set(&node.instance_id, &words);
        } else if fate.state != State::Pending {
            self.session.ui.status(format!("{}: {words}", node.instance_id));
        }
    }
}
