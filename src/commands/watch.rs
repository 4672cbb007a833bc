//! `metactl watch`

use std::future::ready;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::commands::{args, complete};
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::watch::change::{Change, Commit, Type};
use crate::ops::watch::cursor::Cursor;
use crate::ops::watch::deliver::{Arrival, Deliver, Delivery, Notice, Request, watch};
use crate::ops::watch::follow::{Begin, subject};
use crate::ops::watch::handler;
use crate::ops::watch::pace::Pace;
use crate::session::Session;
use crate::ui::escape::escape;
use crate::ui::{Format, Out, Styles, Ui, hangup, out};

/// Print what changes, one line for each change
///
/// A line is type (put or delete), path and value, separated by tabs. Nothing is
/// missed while a server restarts, its leader changes or the connection is cut.
/// Where history was compacted meanwhile, the present state is compared with
/// what was told, and the difference comes as changes (with "resync": true in
/// JSON). Under /self, a link that leads elsewhere comes as the difference too.
///
/// A metadata service shows states: of /self at http(s)://, of everything at gce and
/// at metad, each is compared with the one before. Changes that come soon after
/// each other come as one, and what was there only between two does not come.
///
/// With --exec, a handler gets the changes: one JSON object a line on its
/// standard input, METACTL_EVENT_COUNT and _REVISION of all of them, and
/// METACTL_EVENT_TYPE, _PATH, _REAL_PATH and _VALUE of the last one. It runs once
/// for whole commits, never twice at a time; what comes meanwhile is delivered
/// in one next run. When it fails, that is said, and the watch goes on.
///
/// With --cursor, a watch that is started again goes on where it was. Delivery
/// is at least once: the cursor is kept after a line is printed or a handler
/// has ended, so the last ones may come again after a crash. A cursor has one
/// watch at a time; a handler that outlives its watch still holds it.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl watch /self/hosts
  metactl watch -o json --initial /cl-1234abcd/env
  metactl watch --count 1 /self/cmd
  metactl watch --cursor /var/lib/app/cursor --exec 'systemctl reload app' /self/env")]
pub struct WatchArgs {
    /// Leaves and directories to watch; they need not be there yet
    #[arg(required = true, value_name = "PATH", add = complete::paths())]
    paths: Vec<Path>,

    /// Begin with the present state
    #[arg(long, conflicts_with = "rev")]
    initial: bool,

    /// Begin with the first commit of this revision or a later one
    #[arg(long, value_name = "N")]
    rev: Option<u64>,

    /// End after N changes; a commit is never split, the state of --initial does not count
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Run this by `sh -c` for changes, in place of printing them
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,

    /// Keep in FILE what was delivered; if it is there, go on after that
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    cursor: Option<PathBuf>,

    /// Wait until it is quiet for MIN, at most MAX (default 4 times MIN)
    #[arg(long, value_name = "MIN[:MAX]", value_parser = args::debounce)]
    debounce: Option<(Duration, Duration)>,

    /// Wait a random time up to this before each delivery
    #[arg(long, value_name = "DURATION", value_parser = args::duration)]
    splay: Option<Duration>,

    /// Deliver nothing while all that is watched is gone, but say so
    #[arg(long)]
    refuse_empty: bool,

    /// End with exit code 5 when the store has not answered for this long
    #[arg(long, value_name = "DURATION", value_parser = args::duration)]
    stale_after: Option<Duration>,
}

pub async fn run(args: WatchArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json], ON_TERMINAL)?;
    let view = session.view().await?;
    let subject = subject(&view, &args.paths).await?;
    let cursor = args.cursor.as_deref().map(Cursor::open).transpose()?;
    let begin = match (args.initial, args.rev) {
        (true, _) => Begin::Initial,
        (false, Some(revision)) => Begin::Revision(revision),
        (false, None) => Begin::Now,
    };
    let begin = match &cursor {
        Some(cursor) => begin.or_after(cursor, &subject)?,
        None => begin,
    };
    let pace = Pace {
        debounce: args.debounce,
        splay: args.splay.unwrap_or_default(),
        count: args.count,
        refuse_empty: args.refuse_empty,
    };
    let request = Request { subject, begin, pace, cursor, stale_after: args.stale_after };
    let ui = &session.ui;
    match args.exec {
        Some(command) => {
            watch(&view, request, &mut Run { ui, command }, session.interrupted()).await
        }
        // Without a handler to end, signals may end the process at once.
        None => {
            let mut print = Print { ui, out: ui.out(), format };
            watch(&view, request, &mut print, hangup::reader_gone()).await
        }
    }
}

/// Stands for the form with time and colours; not to be had by `-o`.
const ON_TERMINAL: Format = Format::Table;

/// Prints changes.
struct Print<'a> {
    ui: &'a Ui,
    out: Out,
    format: Format,
}

impl Print<'_> {
    fn print(&mut self, commits: &[Commit]) -> Result<()> {
        for change in commits.iter().flat_map(|commit| &commit.changes) {
            match self.format {
                Format::Json => {
                    out::written(serde_json::to_writer(&mut self.out, change).map_err(Into::into))?;
                    self.out.bytes(b"\n")?;
                }
                ON_TERMINAL => self.out.line(for_people(change, self.ui))?,
                _ => out::written(plain(change, &mut self.out))?,
            }
        }
        self.out.send()
    }
}

impl Deliver for Print<'_> {
    fn deliver(&mut self, commits: Arc<[Commit]>) -> Delivery {
        Box::pin(ready(self.print(&commits).map(|()| Arrival::Arrived)))
    }

    fn notice(&mut self, notice: Notice<'_>) {
        say(self.ui, notice);
    }
}

/// Runs a handler.
struct Run<'a> {
    ui: &'a Ui,
    command: String,
}

impl Deliver for Run<'_> {
    fn deliver(&mut self, commits: Arc<[Commit]>) -> Delivery {
        Box::pin(handler::run(self.command.clone(), commits))
    }

    fn notice(&mut self, notice: Notice<'_>) {
        say(self.ui, notice);
    }
}

fn say(ui: &Ui, notice: Notice<'_>) {
    match notice {
        Notice::Away(error) => {
            ui.warn(format_args!("the store does not answer, the watch waits for it: {error}"));
        }
        Notice::Back => ui.status("the store answers again, nothing was missed"),
        Notice::Compared { revision, differences } => {
            let paths = if differences == 1 { "path differs" } else { "paths differ" };
            ui.status(format_args!(
                "history does not reach back to what was told; compared with the state at \
                 revision {revision}: {differences} {paths}"
            ));
        }
        Notice::Empty => {
            ui.warn("all that is watched is gone; nothing is delivered until it is back")
        }
        Notice::Failed(how) => ui.warn(format_args!("the handler has ended with {how}")),
    }
}

/// `put<TAB>path<TAB>value`, `delete<TAB>path`; the value escaped as by `get`.
fn plain(change: &Change, out: &mut impl Write) -> std::io::Result<()> {
    match &change.value {
        Some(value) => writeln!(out, "put\t{}\t{}", change.path, escape(value)),
        None => writeln!(out, "delete\t{}", change.path),
    }
}

/// Time, type, path and as much of the value as fits the line.
fn for_people(change: &Change, ui: &Ui) -> String {
    let styles = ui.styles();
    let time = change.time.unwrap_or_else(jiff::Timestamp::now);
    let time = time.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string();
    let style = match change.kind {
        Type::Put => styles.good,
        Type::Delete => styles.bad,
    };
    let word = format!("{:6}", change.kind.word());
    let mut line = format!(
        "{}  {}  {}",
        Styles::paint(styles.muted, &time),
        Styles::paint(style, &word),
        Styles::paint(styles.name, &change.path)
    );
    if let Some(value) = &change.value {
        let taken = time.len() + word.len() + change.path.as_str().chars().count() + 6;
        line.push_str("  ");
        line.push_str(&fitting(&escape(value), ui.width().saturating_sub(taken).max(20)));
    }
    line
}

fn fitting(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some(_) => text.chars().take(width - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_to_the_line() {
        assert_eq!(fitting("äöü", 3), "äöü");
        assert_eq!(fitting("äöüx", 3), "äö…");
    }
}
