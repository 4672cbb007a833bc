//! What an operation would do, shown phase by phase.

use std::io;

use crate::commands::difference;
use crate::error::Result;
use crate::ops::operation::rehearse::{Phase, Rehearsed};
use crate::session::Session;
use crate::ui::{Format, Report, escape, out};

/// Prints what would be, in one of [`difference::FORMATS`].
pub fn show(rehearsed: &Rehearsed, session: &Session, format: Format) -> Result<()> {
    let Rehearsed { kind, cluster, .. } = rehearsed;
    session.ui.status(format!("dry run: {kind} of cluster {cluster} is not begun"));
    if format != Format::Table {
        return session.ui.show(rehearsed, format);
    }
    let mut to = session.ui.out();
    out::written(glance(rehearsed, &mut to, session))?;
    to.finish()
}

fn glance(rehearsed: &Rehearsed, to: &mut dyn io::Write, session: &Session) -> io::Result<()> {
    for phase in &rehearsed.phases {
        let summary = match phase.commands.as_slice() {
            [] => difference::summary(phase.changes.counts()),
            _ => "commands of the app".to_owned(),
        };
        writeln!(to, "phase {}: {summary}", phase.phase)?;
        ordered(phase, to)?;
        difference::glance(to, &phase.changes, session.ui.styles(), session.ui.width())?;
    }
    Ok(())
}

/// What nodes would run: `run`, the command, the instances.
fn ordered(phase: &Phase, out: &mut dyn io::Write) -> io::Result<()> {
    phase
        .commands
        .iter()
        .try_for_each(|one| writeln!(out, "run\t{}\t{}", escape(&one.command), one.nodes.join(",")))
}

impl Report for Rehearsed {
    /// A line for the phase, then its differences.
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.phases.iter().try_for_each(|phase| {
            writeln!(out, "phase {}", phase.phase)?;
            ordered(phase, out)?;
            difference::lines(out, &phase.changes)
        })
    }
}
