//! `metactl context rm NAME`

use crate::commands::complete;
use crate::config::contexts::Contexts;
use crate::config::unknown_context;
use crate::error::Result;
use crate::session::Session;

/// Remove a context
///
/// Asks before it does. The data of the endpoint stays as it is.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context rm old
  metactl context rm old --yes")]
pub(super) struct RmArgs {
    /// The context
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: String,
}

pub(super) async fn run(args: RmArgs, session: &Session) -> Result<()> {
    let file = session.settings.file()?;
    let mut contexts = Contexts::read(&file)?;
    if !contexts.has(&args.name) {
        return Err(unknown_context(&args.name, &contexts));
    }
    session.ui.confirm(&format!("remove context `{}` from `{}`", args.name, file.display()))?;
    contexts.remove(&args.name);
    contexts.write(&file)?;
    session.ui.status(format_args!("removed context `{}`", args.name));
    Ok(())
}
