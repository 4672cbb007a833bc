//! `metactl remove-metadata`

use crate::commands::args;
use crate::error::Result;
use crate::model::keyvalue;
use crate::ops::metadata::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Remove custom metadata of an instance or a project
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl remove-metadata i-abcd1234 --keys role,zone
  metactl remove-metadata --project=web --all",
    after_long_help = "Keys that are not there are ignored."
)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct RemoveMetadataArgs {
    #[command(flatten)]
    owner: args::Owner,

    /// Keys to remove
    #[arg(long, value_name = "K[,K…]", group = "which", allow_hyphen_values = true)]
    keys: Option<String>,

    /// Remove all keys
    #[arg(long, group = "which")]
    all: bool,
}

pub async fn run(args: RemoveMetadataArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let owner = args.owner.chosen();
    let (change, which) = match &args.keys {
        Some(text) => {
            let names =
                keyvalue::names(text).map_err(|error| error.within("`--keys` cannot be read"))?;
            let which = names.join(",");
            (Change::Remove(names.into_iter().map(str::to_owned).collect()), which)
        }
        None => (Change::Clear, "--all".to_owned()),
    };
    let note = session.note(format!("remove-metadata {} {which}", args.owner));
    let view = session.view().await?;
    let limit = session.settings.target()?.request_timeout.value;
    let done = metadata::update(&view, &owner, &change, limit, note).await?;
    args::tell_updated(session, &done, "removed");
    session.ui.show(&done, format)
}
