//! Going through an operation before somebody's eyes.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::args::BeginArgs;
use super::dry_run;
use crate::commands::cmd::waiting::Telling;
use crate::commands::difference;
use crate::error::{Error, Kind, Result};
use crate::model::operation::{Node, Operation};
use crate::ops::command::run::Told;
use crate::ops::operation::commands::Waiting;
use crate::ops::operation::drive::{self, Ended, Hold, How, PhaseDone, Planned, State};
use crate::ops::operation::rehearse;
use crate::ops::view::View;
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// The formats of an operation's outcome.
pub const FORMATS: [Format; 5] =
    [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];

/// How an operation is gone through, as it was typed.
pub struct Pace {
    pub hold: Hold,
    pub delay: Duration,
    pub assert: Option<String>,
    /// How long a node may be without an agent.
    pub patience: Duration,
}

/// At once, to the end.
impl Default for Pace {
    fn default() -> Pace {
        let patience = Duration::from_secs(60);
        Pace { hold: Hold::Never, delay: Duration::ZERO, assert: None, patience }
    }
}

/// Begins an operation and shows how it has ended, or shows what it would do.
pub async fn begin(
    session: &Session,
    view: &View,
    cluster: &str,
    args: &BeginArgs,
    planned: impl Into<Planned>,
    format: Format,
) -> Result<()> {
    let planned = Planned { run_commands: args.run_commands, ..planned.into() };
    let note = session.note(format!("{} {cluster}", planned.work.name()));
    if args.dry_run {
        let rehearsed = rehearse::rehearse(view, cluster, planned, note).await?;
        return dry_run::show(&rehearsed, session, format);
    }
    let ended = run(session, cluster, args.phases.pace(), async |how| {
        drive::begin(view, cluster, planned, &how, note).await
    });
    session.ui.show(&ended.await?, format)
}

/// The format in which [`begin`] shows what it does; settled before anything is.
pub fn format(args: &BeginArgs, session: &Session) -> Result<Format> {
    let allowed: &[Format] = if args.dry_run { &difference::FORMATS } else { &FORMATS };
    session.ui.choose(allowed, Format::Table)
}

/// Runs an operation; Ctrl-C and SIGTERM leave it in flight and say so.
pub async fn run(
    session: &Session,
    cluster: &str,
    pace: Pace,
    work: impl AsyncFnOnce(How<'_>) -> Result<Ended>,
) -> Result<Ended> {
    let begun = AtomicBool::new(false);
    // The rows of one phase's nodes go when the next one has something to say.
    let telling = Mutex::new(Telling::new(session));
    let rows_gone = || {
        if let Ok(mut telling) = telling.lock() {
            *telling = Telling::new(session);
        }
    };
    // A check prints on the same terminal.
    let quiet = pace.assert.is_some();
    let tell = |operation: &Operation, done: &PhaseDone| {
        begun.store(true, Ordering::Relaxed);
        rows_gone();
        let PhaseDone { phase, number, revision, changed } = done;
        let all = operation.phases.len();
        let what = match changed {
            0 => "done".to_owned(),
            1 => "1 key changed".to_owned(),
            many => format!("{many} keys changed"),
        };
        session.ui.status(format!("{phase} ({number} of {all}): {what} at revision {revision}"));
        if let (Some(next), Ok(mut telling), false) = (operation.next(), telling.lock(), quiet) {
            telling.row(operation.work.name(), &format!("{next} ({} of {all}) …", number + 1));
        }
    };
    let hear = |told: Told<'_>| {
        begun.store(true, Ordering::Relaxed);
        if matches!(told, Told::Sent(_)) {
            rows_gone();
        }
        if let Ok(mut telling) = telling.lock() {
            telling.tell(told);
        }
    };
    let Pace { hold, delay, assert, patience } = pace;
    let how = How { hold, delay, assert, tell: &tell, waiting: Waiting { patience, hear: &hear } };
    let interrupted = session.interrupted();
    tokio::pin!(interrupted);
    let ended = tokio::select! {
        biased;
        ended = work(how) => ended,
        error = &mut interrupted => Err(error),
    };
    rows_gone();
    let ended = ended.map_err(|error| left(error, begun.load(Ordering::Relaxed), cluster))?;
    tell_end(session, &ended);
    Ok(ended)
}

/// Says what has become of an operation that was left without an end.
fn left(error: Error, begun: bool, cluster: &str) -> Error {
    match error.kind() {
        Kind::Interrupted | Kind::Terminated | Kind::Unavailable if begun => error
            .hint(format!("It is still in flight: `metactl scale status --cluster {cluster}`"))
            .hint(format!(
                "Complete it with `metactl scale finish --cluster {cluster}`, or undo it with `metactl scale abort --cluster {cluster}`"
            )),
        // A commit may have been on its way.
        Kind::Interrupted | Kind::Terminated => error.hint(format!(
            "See whether it is in flight: `metactl scale status --cluster {cluster}`"
        )),
        _ => error,
    }
}

fn tell_end(session: &Session, ended: &Ended) {
    let Ended { kind, cluster, next, revision, .. } = ended;
    match ended.state {
        State::Done => session.ui.status(format!("{kind} of cluster {cluster} is done")),
        State::Undone => {
            session
                .ui
                .status(format!("{kind} of cluster {cluster} is undone at revision {revision}"));
        }
        State::Held => {
            let next = next.as_deref().unwrap_or("the end");
            session.ui.status(format!("{kind} of cluster {cluster} is held before {next}"));
            session.ui.hint(format!(
                "Go on with `metactl scale finish --cluster {cluster}`, or undo it with `metactl scale abort --cluster {cluster}`"
            ));
        }
    }
}

impl Report for Ended {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        text(&self.nodes, out)
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        table(&self.nodes, styles)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.nodes.iter().try_for_each(|node| writeln!(out, "{}", node.instance_id))
    }
}

/// The nodes an operation is about, one a line.
pub fn text(nodes: &[Node], out: &mut dyn io::Write) -> io::Result<()> {
    nodes.iter().try_for_each(|node| {
        let Node { role, ip, sid, gid, instance_id, node_id, .. } = node;
        let role = role.as_deref().unwrap_or_default();
        writeln!(out, "{instance_id}\t{ip}\t{role}\t{sid}\t{gid}\t{node_id}")
    })
}

/// The nodes an operation is about; none when there are none.
pub fn table(nodes: &[Node], styles: &Styles) -> Option<Table> {
    if nodes.is_empty() {
        return None;
    }
    let mut table = Table::new(["INSTANCE", "IP", "ROLE", "SID", "GID", "NODE"]);
    for node in nodes {
        table.row([
            Cell::styled(node.instance_id.as_str(), styles.name),
            node.ip.as_str().into(),
            node.role.as_deref().unwrap_or_default().into(),
            node.sid.to_string().into(),
            node.gid.to_string().into(),
            Cell::styled(node.node_id.as_str(), styles.muted),
        ]);
    }
    table.right(3).right(4);
    Some(table)
}
