//! `metactl env unset`

use crate::commands::complete;
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::env::change::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Take parameters of a cluster away
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl env unset retention.hours
  metactl env unset --role gateway tls.enabled",
    after_long_help = "All of them in one commit, with everything below them, or none. What the app requires, and
what it does not let users change, stays."
)]
pub struct UnsetArgs {
    /// Parameters
    #[arg(required = true, value_name = "KEY", add = complete::parameters())]
    keys: Vec<String>,

    /// Of this role alone
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Option<String>,
}

pub async fn run(args: UnsetArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let keys: Vec<&str> = args.keys.iter().map(String::as_str).collect();
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let note = session.note(super::words("unset", &cluster, args.role.as_deref(), &keys));
    let wanted = Change::Unset(args.keys);
    let done = change::change(&view, &cluster, args.role.as_deref(), &wanted, note).await?;
    session.ui.status(super::told(&done, "unset"));
    session.ui.show(&done, format)
}
