//! `metactl cmd cancel`

use std::io;

use super::waiting::few;
use crate::commands::complete;
use crate::error::Result;
use crate::ops::command::cancel::{self, Cancelled};
use crate::session::Session;
use crate::ui::{Format, Report};

/// Cancel a command where it has not ended
///
/// Where no agent has begun with it, it never begins. Where it runs, the agent
/// ends it with everything that it has started, and says so.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cmd cancel cmd-k3x9a1zq")]
pub struct CancelArgs {
    /// Id of the command
    #[arg(value_name = "ID", add = complete::commands())]
    id: String,
}

pub async fn run(args: CancelArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let done = cancel::cancel(&session.view().await?, &args.id, session.note("cmd cancel")).await?;
    let Cancelled { id, cancelled, told } = &done;
    if cancelled.is_empty() && told.is_empty() {
        session.ui.status(format!("{id} has ended on all nodes, or is being cancelled"));
    }
    if !cancelled.is_empty() {
        session.ui.status(format!("{id} never begins on {}", few(cancelled)));
    }
    if !told.is_empty() {
        session.ui.status(format!("{id} is being ended on {}", few(told)));
    }
    session.ui.show(&done, format)
}

impl Report for Cancelled {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
