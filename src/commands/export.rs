//! `metactl export`

use crate::commands::complete;
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::export::{self, Request};
use crate::session::Session;
use crate::store::{At, Revision};
use crate::ui::out::written;
use crate::ui::{Format, document};

/// Print a part of the tree as a document that import takes
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl export > all.yaml
  metactl export /cl-abcd1234 -o json > cluster.json
  metactl export /cl-a/env --at /cl-a/env | metactl import --at /cl-b/env -",
    after_long_help = "The document is a tree rooted at / or at --at. YAML unless -o says otherwise;
every value comes back from import byte for byte. Text: path, tab, value.
The mapping of nodes is not part of it: see `metactl mapping get`."
)]
pub struct ExportArgs {
    /// What to export, / for everything; may go through /self
    #[arg(value_name = "PATH", default_value = "/", add = complete::paths())]
    path: String,

    /// Directory that is the document's top
    #[arg(long, value_name = "PATH", default_value = "/", add = complete::paths())]
    at: String,

    /// As of that revision
    #[arg(long, value_name = "REVISION")]
    rev: Option<Revision>,
}

pub async fn run(args: ExportArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Yaml, Format::Json, Format::Text];
    let format = session.ui.choose_or(&allowed, Format::Yaml)?;
    let path = Path::parse(&args.path)?;
    let view = session.view().await?;
    let top = export::place(&view, &Path::parse(&args.at)?).await?;
    let at = args.rev.map_or(At::Latest, At::Revision);
    let mut leaves = export::export(&view, &Request { path, top, at }).await?;
    let mut out = session.ui.out();
    written(document::write(&mut out, &mut leaves, format))?;
    out.finish()
}
