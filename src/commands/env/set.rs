//! `metactl env set`

use std::io;

use crate::commands::{complete, input};
use crate::error::{Error, Kind, Result};
use crate::ops::default_cluster;
use crate::ops::env::change::{self, Change, Changed};
use crate::session::Session;
use crate::ui::{Format, Report, Ui};

/// Set parameters of a cluster
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl env set port=7401 features=metrics,audit
  metactl env set --role gateway tls.enabled=true
  openssl rand -base64 18 | metactl env set admin.password=-
  metactl env set s3/access_key_id=AKID s3/secret_access_key=@key.txt
  metactl env set 's3={\"access_key_id\": \"AKID\", \"secret_access_key\": \"…\"}'",
    after_long_help = "All of them in one commit, or none: what the app's config.json does not accept is told all at
once. A value that is - is standard input, @FILE a file's content, byte for byte. A list is
written as JSON; a pair of keys (accesskey) by its halves, or as a JSON object. Clusters
without an app take everything as it stands."
)]
pub struct SetArgs {
    /// Parameters and their values
    #[arg(required = true, value_name = "KEY=VALUE", add = complete::assigned_parameters())]
    pairs: Vec<String>,

    /// Of this role alone
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Option<String>,

    /// Take values as they are typed, also - and @…
    #[arg(long)]
    literal: bool,
}

pub async fn run(args: SetArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let pairs = args.pairs()?;
    let keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let note = session.note(super::words("set", &cluster, args.role.as_deref(), &keys));
    let wanted = Change::Set(pairs);
    let done = change::change(&view, &cluster, args.role.as_deref(), &wanted, note).await?;
    warn(&done, &session.ui);
    session.ui.status(super::told(&done, "set"));
    session.ui.show(&done, format)
}

impl SetArgs {
    /// Keys and values, with files and standard input read.
    fn pairs(&self) -> Result<Vec<(String, String)>> {
        let mut pairs = Vec::new();
        let mut from_stdin: Option<&str> = None;
        for text in &self.pairs {
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(Error::new(Kind::Usage, format!("`{text}` is not `KEY=VALUE`")));
            };
            if value == "-"
                && !self.literal
                && let Some(other) = from_stdin.replace(key)
            {
                let message = format!("`{other}` and `{key}` cannot both be standard input");
                return Err(Error::new(Kind::Usage, message));
            }
            let what = format!("the value of `{key}`");
            pairs.push((key.to_owned(), input::value(&what, value.into(), self.literal)?));
        }
        Ok(pairs)
    }
}

/// Says what nobody could check.
fn warn(done: &Changed, ui: &Ui) {
    let id = &done.cluster;
    if done.app_known {
        for key in &done.unchecked {
            ui.warn(format!("the app does not know `{key}` by its defaults: it was not checked"));
        }
    } else if done.names_app {
        ui.warn(format!("the package of cluster {id} is not kept or broken: nothing was checked"));
    } else {
        ui.warn(format!("cluster {id} was made without an app: nothing was checked"));
    }
}

impl Report for Changed {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
