//! `metactl version`

use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::session::Session;
use crate::ui::{Format, Report};

/// Print the version of metactl
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl version
  metactl version -o json")]
pub struct VersionArgs {}

#[derive(Serialize)]
struct Version {
    version: &'static str,
}

pub async fn run(_: VersionArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    session.ui.show(&Version { version: env!("CARGO_PKG_VERSION") }, format)
}

impl Report for Version {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "metactl {}", self.version)
    }
}
