//! `metactl scale status`

use std::io;

use serde::Serialize;

use super::phases;
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::operation::status::{self, Standing};
use crate::session::Session;
use crate::ui::{Format, Report, Styles, Table};

/// Show the operation in flight on a cluster
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl scale status
  metactl scale status --cluster cl-abcd1234 -o json

Says what is under way, by whom, since when, which phases are done, and how to end it.
JSON is null when nothing is in flight.")]
pub struct StatusArgs {}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Option<Standing>);

pub async fn run(_: StatusArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&phases::FORMATS, Format::Text)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let shown = Shown(status::of(&view, &cluster).await?);
    if shown.0.is_none() {
        session.ui.status(format!("no operation is in flight on cluster {cluster}"));
    } else {
        session.ui.hint(format!(
            "Complete it with `metactl scale finish --cluster {cluster}`, or undo it with `metactl scale abort --cluster {cluster}`"
        ));
    }
    session.ui.show(&shown, format)
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Some(one) = &self.0 else { return Ok(()) };
        let writer = match one.alive {
            Some(true) => "runs",
            Some(false) => "is gone",
            None => "is on another machine",
        };
        writeln!(out, "operation\t{} {} of cluster {}", one.operation, one.kind, one.cluster)?;
        writeln!(out, "by\t{}, process {} on {}, which {writer}", one.actor, one.pid, one.host)?;
        writeln!(out, "since\t{}", one.started)?;
        let next = one.phases.iter().position(|phase| !phase.done);
        for (index, phase) in one.phases.iter().enumerate() {
            let state = match (phase.done, next == Some(index)) {
                (true, _) => "done",
                (false, true) => "next",
                (false, false) => "to come",
            };
            writeln!(out, "phase\t{}\t{state}", phase.phase)?;
        }
        for node in &one.nodes {
            let role = node.role.as_deref().unwrap_or_default();
            writeln!(out, "node\t{}\t{}\t{role}\t{}", node.instance_id, node.ip, node.sid)?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        phases::table(&self.0.as_ref()?.nodes, styles)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match &self.0 {
            Some(one) => writeln!(out, "{}", one.operation),
            None => Ok(()),
        }
    }
}
