//! `metactl context use NAME`

use crate::commands::complete;
use crate::config::contexts::Contexts;
use crate::config::unknown_context;
use crate::error::Result;
use crate::session::Session;

/// Make a context the one in force
///
/// It counts until another is chosen, wherever neither --endpoint nor --context
/// nor their variables say otherwise.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context use prod")]
pub(super) struct UseArgs {
    /// The context
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: String,
}

pub(super) async fn run(args: UseArgs, session: &Session) -> Result<()> {
    let file = session.settings.file()?;
    let mut contexts = Contexts::read(&file)?;
    if !contexts.has(&args.name) {
        return Err(unknown_context(&args.name, &contexts));
    }
    contexts.choose(&args.name);
    contexts.write(&file)?;
    let endpoint = contexts.value(&args.name, "endpoint").unwrap_or("the default endpoint");
    session.ui.status(format_args!("context `{}` is in force: {endpoint}", args.name));
    for overruling in session.settings.overruling_contexts() {
        session.ui.warn(format_args!("`{overruling}` is set and overrules the context"));
    }
    Ok(())
}
