//! `metactl add-metadata`

use std::path::Path;

use crate::commands::{args, input};
use crate::error::{Error, Kind, Result};
use crate::model::attributes::Attributes;
use crate::model::keyvalue;
use crate::ops::metadata::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Set custom metadata of an instance or a project
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl add-metadata i-abcd1234 --metadata role=primary,zone=pek3
  metactl add-metadata self --metadata '^:^hosts=a,b:motd=hello'
  metactl add-metadata --project --metadata-from-file startup-script=boot.sh",
    after_long_help = "Keys are 1 to 128 characters of A-Z a-z 0-9 _ -, a value has at most 262144
bytes, all keys and values of one instance or project 524288. ^DELIM^ in front
of a list separates its elements by DELIM instead of a comma. Other keys stay."
)]
pub struct AddMetadataArgs {
    #[command(flatten)]
    owner: args::Owner,

    /// Keys and their values
    #[arg(long, value_name = "K=V[,K=V…]", allow_hyphen_values = true)]
    metadata: Option<String>,

    /// Keys and the files that hold their values, byte for byte
    #[arg(long, value_name = "K=FILE[,K=FILE…]", overrides_with = "metadata_from_file")]
    metadata_from_file: Option<String>,
}

pub async fn run(args: AddMetadataArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let owner = args.owner.chosen();
    let added = added(args.metadata.as_deref(), args.metadata_from_file.as_deref())?;
    let keys = added.keys().cloned().collect::<Vec<_>>().join(",");
    let note = session.note(format!("add-metadata {} {keys}", args.owner));
    let view = session.view().await?;
    let limit = session.settings.target()?.request_timeout.value;
    let done = metadata::update(&view, &owner, &Change::Add(added), limit, note).await?;
    args::tell_updated(session, &done, "set");
    session.ui.show(&done, format)
}

/// The pairs of both flags; `Usage` when there are none, or a key is in both.
fn added(pairs: Option<&str>, files: Option<&str>) -> Result<Attributes> {
    if pairs.is_none() && files.is_none() {
        return Err(Error::new(Kind::Usage, "there is no metadata to add")
            .hint("Give `--metadata KEY=VALUE`, `--metadata-from-file KEY=FILE`, or both"));
    }
    let mut added = Attributes::new();
    if let Some(text) = pairs {
        added.extend(within("--metadata", keyvalue::pairs(text))?);
    }
    let files = files.map(|text| within("--metadata-from-file", keyvalue::pairs(text)));
    for (key, file) in files.transpose()?.unwrap_or_default() {
        let what = format!("the value of metadata key `{key}`");
        let value = input::file_text(&what, Path::new(&file))?;
        if added.insert(key.clone(), value).is_some() {
            return Err(Error::new(Kind::Usage, format!("metadata key `{key}` is given twice"))
                .hint("Name it in `--metadata` or in `--metadata-from-file`, not in both"));
        }
    }
    Ok(added)
}

fn within<T>(flag: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.within(format!("`{flag}` cannot be read")))
}
