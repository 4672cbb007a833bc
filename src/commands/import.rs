//! `metactl import`

use std::ffi::OsString;
use std::io::{self, Read};

use clap::{ValueEnum, ValueHint};

use crate::commands::{complete, input};
use crate::error::{Error, Kind, Result};
use crate::model::document::{Form, Source};
use crate::model::path::Path;
use crate::ops::export;
use crate::ops::import::{self, Imported};
use crate::ops::remove::keys;
use crate::session::Session;
use crate::ui::{Format, Progress, Report};

/// Set all keys of a YAML or JSON document in one commit
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl import cluster.yaml
  metactl export /cl-abcd1234 | ssh host metactl import -
  metactl import --at /cl-abcd1234/env params.json",
    after_long_help = "The document is a tree rooted at / or at --at. Scalars keep their source text,
null is the empty text, a list is a directory with the names 0, 1, …
Keys that the document does not name stay as they are."
)]
pub struct ImportArgs {
    /// Document to read; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: OsString,

    /// Directory that is the document's top; may go through /self
    #[arg(long, value_name = "PATH", default_value = "/", add = complete::paths())]
    at: String,

    /// Language of the document; found out from name and content otherwise
    #[arg(long, value_name = "LANGUAGE")]
    format: Option<Language>,

    /// Go on in several commits where one is too large for the store
    #[arg(long)]
    in_parts: bool,
}

/// A language of documents.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Json,
    Yaml,
}

pub async fn run(args: ImportArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let view = session.view().await?;
    let at = export::place(&view, &Path::parse(&args.at)?).await?;
    let (name, content, size) = input::open(&args.file)?;
    let note = session.note(format!("import {name}"));
    let form = args.format.map(|language| match language {
        Language::Json => Form::Json,
        Language::Yaml => Form::Yaml,
    });
    let changes = {
        let progress = session.ui.progress("reading", size.unwrap_or_default());
        let content = Counted { content, progress: &progress };
        let source = Source { name, content, form, at };
        import::read(source, &view.scope().cluster_root)?
    };
    if changes.is_empty() {
        session.ui.status("the document holds no key");
    }
    let progress = session.ui.progress("writing", changes.puts() as u64);
    let mut done = |count: usize| progress.inc(count as u64);
    let imported = import::import(&view, changes, args.in_parts, note, &mut done)
        .await
        .map_err(|error| advise(error, args.in_parts))?;
    progress.finish();
    tell(session, &imported);
    session.ui.show(&imported, format)
}

fn advise(error: Error, in_parts: bool) -> Error {
    match error.kind() {
        Kind::TooLarge if !in_parts => {
            error.hint("Add `--in-parts` to write it in several commits, which is not atomic")
        }
        _ => error,
    }
}

fn tell(session: &Session, done: &Imported) {
    let Imported { keys: all, changed, revision, parts } = done;
    match (changed, parts) {
        (_, 2..) => session.ui.status(format!(
            "imported {} in {parts} commits, {changed} of them changed, up to revision {revision}",
            keys(*all)
        )),
        (0, _) => session.ui.status(format!("nothing to change: {} imported before", keys(*all))),
        _ => session.ui.status(format!(
            "imported {}, {changed} of them changed, at revision {revision}",
            keys(*all)
        )),
    }
    if *parts > 1 {
        session.ui.warn("others could see a part of the import before the rest of it");
    }
}

/// Tells a progress bar how much has been read.
struct Counted<'a> {
    content: Box<dyn Read + Send>,
    progress: &'a Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.progress.inc(read as u64);
        Ok(read)
    }
}

impl Report for Imported {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
