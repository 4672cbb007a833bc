//! What an operation would do, shown phase by phase.

use std::io;

use crate::commands::difference;
use crate::error::Result;
use crate::ops::operation::rehearse::Rehearsed;
use crate::session::Session;
use crate::ui::{Format, Report, out};

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
        let summary = difference::summary(phase.changes.counts());
        writeln!(to, "phase {}: {summary}", phase.phase)?;
        difference::glance(to, &phase.changes, session.ui.styles(), session.ui.width())?;
    }
    Ok(())
}

impl Report for Rehearsed {
    /// A line for the phase, then its differences.
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.phases.iter().try_for_each(|phase| {
            writeln!(out, "phase {}", phase.phase)?;
            difference::lines(out, &phase.changes)
        })
    }
}
