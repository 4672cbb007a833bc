//! `metactl rule rm`

use crate::commands::rule::tell;
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::rule::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Remove access rules of a client
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl rule rm 192.168.100.2 /cl-abcd1234/env/secret
  metactl rule rm 192.168.100.2",
    after_long_help = "Without a path all rules of the client are removed; asks first. When no rule is left, the
client may read what its mapping reaches."
)]
pub struct RmArgs {
    /// The client's ip
    #[arg(value_name = "IP")]
    ip: String,

    /// Paths whose rules are removed
    #[arg(value_name = "PATH")]
    paths: Vec<Path>,
}

pub async fn run(args: RmArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let view = session.view().await?;
    if args.paths.is_empty() {
        let (ip, place) = (&args.ip, view.store().place());
        session.ui.confirm(&format!("remove all access rules of `{ip}` in {place}"))?;
    }
    let paths: Vec<&str> = args.paths.iter().map(Path::as_str).collect();
    let note = session.note(format!("rule rm {} {}", args.ip, paths.join(" ")).trim_end());
    let limit = session.settings.target()?.request_timeout.value;
    let change = Change::Remove(args.paths);
    let done = rule::update(&view, &args.ip, &change, limit, note).await?;
    tell(session, "removed", &done);
    session.ui.show(&done, format)
}
