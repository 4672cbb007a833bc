//! `metactl get --meta`

use std::io;

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::ops::get::{self, Described};
use crate::session::Session;
use crate::store::Revision;
use crate::ui::{Format, Report};

pub(super) async fn run(
    session: &Session,
    paths: &[Path],
    revision: Option<Revision>,
) -> Result<()> {
    let format = session.ui.choose(&[Format::Json, Format::Yaml], Format::Json)?;
    if format == Format::Text {
        return Err(
            Error::new(Kind::Usage, "`--meta` has no text form").hint("Add `-o json` or `-o yaml`")
        );
    }
    let view = session.view().await?;
    session.ui.show(&get::describe(&view, paths, revision).await?, format)
}

impl Report for Described {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.entries.iter().try_for_each(|entry| writeln!(out, "{}", entry.entry.path))
    }
}
