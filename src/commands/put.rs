//! `metactl put`

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use crate::commands::{args, complete, input};
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::put::{Put, Request, put};
use crate::session::Session;
use crate::store::Revision;
use crate::ui::{Format, Report};

/// Set the value of one key
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl put /cl-abcd1234/env/port 2181
  metactl put /self/host/attributes/motd @motd.txt
  openssl rand -hex 16 | metactl put /cl-abcd1234/env/secret -
  metactl put /leader i-abcd1234 --if-absent --ttl 30s
  metactl put /cl-abcd1234/env/offset -5")]
pub struct PutArgs {
    /// Key to set; may go through /self
    #[arg(value_name = "PATH", add = complete::paths())]
    path: String,

    /// Its value; - is standard input, @FILE a file's content, byte for byte
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: OsString,

    /// Take VALUE as it is typed, also - and @…
    #[arg(long)]
    literal: bool,

    /// Only if that revision changed the key last; 0: only if it is not there
    #[arg(long, value_name = "REVISION")]
    if_rev: Option<Revision>,

    /// Only if the key is not there
    #[arg(long, conflicts_with = "if_rev")]
    if_absent: bool,

    /// Delete the key after this time, 2s at least
    #[arg(long, value_name = "DURATION", value_parser = args::duration)]
    ttl: Option<Duration>,
}

pub async fn run(args: PutArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let path = Path::parse(&args.path)?;
    let value = input::value(&format!("the value of `{path}`"), args.value, args.literal)?;
    let note = session.note(format!("put {path}"));
    let if_revision = if args.if_absent { Some(0) } else { args.if_rev };
    let request = Request { path, value, if_revision, ttl: args.ttl };
    let done = put(&session.view().await?, request, note).await?;
    session.ui.status(if done.changed {
        format!("put {} at revision {}", done.path, done.revision)
    } else {
        format!("{} has that value already", done.path)
    });
    session.ui.show(&done, format)
}

impl Report for Put {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
