//! `metactl context set NAME`

use std::path::{Path, PathBuf};

use crate::commands::complete;
use crate::config::contexts::{Contexts, KEYS};
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::model::duration;
use crate::model::path::Path as TreePath;
use crate::session::Session;

/// Make a context, or change what it says
///
/// The flags --endpoint, --as, --cluster, --cluster-root, --group,
/// --request-timeout, --user, --password, --ca, --cert, --key, --manage-url and
/// --manage-token-file are kept under that name; what is not given stays as it is.
/// The names of files are kept as whole paths.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context set dev --endpoint file:dev.db --as i-abcdefgh
  metactl context set prod --endpoint etcds://db1,db2,db3/prod --ca ca.pem --user ops
  metactl context set prod --cluster cl-abcdefgh
  metactl context set prod --unset as,cluster")]
pub(super) struct SetArgs {
    /// The context
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: String,

    /// Forget these settings of the context (as,cluster,…)
    #[arg(long, value_name = "SETTING", value_delimiter = ',', value_parser = KEYS, hide_possible_values = true)]
    unset: Vec<String>,
}

pub(super) async fn run(args: SetArgs, session: &Session) -> Result<()> {
    let name = args.name.as_str();
    check_name(name)?;
    let file = session.settings.file()?;
    let mut contexts = Contexts::read(&file)?;
    let values = values(session)?;
    let fresh = !contexts.has(name);
    if fresh && !values.iter().any(|(key, _)| *key == "endpoint") {
        return Err(Error::new(Kind::Usage, format!("context `{name}` would have no endpoint"))
            .hint(format!("Name one: `metactl context set {name} --endpoint ENDPOINT`")));
    }
    if values.is_empty() && args.unset.is_empty() {
        return Err(Error::new(Kind::Usage, format!("nothing to set in context `{name}`"))
            .hint(format!("Name a setting, as in `metactl context set {name} --cluster ID`")));
    }
    for (key, value) in &values {
        contexts.set(name, key, value);
    }
    for key in &args.unset {
        contexts.unset(name, key);
    }
    contexts.write(&file)?;
    session.ui.status(format_args!("{} context `{name}`", if fresh { "made" } else { "changed" }));
    if contexts.current().is_none() {
        session.ui.hint(format_args!("Put it in force: `metactl context use {name}`"));
    }
    Ok(())
}

/// Names that need no quotes, neither in the file nor in a shell.
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.chars().all(plain) && !name.is_empty() && !name.starts_with(['-', '.']) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!(
            "context name `{}` is not accepted; a name is letters, digits, `_`, `-` and `.`",
            name.escape_debug()
        ),
    ))
}

/// What the flags say, checked, in the form that is kept.
fn values(session: &Session) -> Result<Vec<(&'static str, String)>> {
    let global = session.settings.global();
    let mut values = Vec::new();
    if let Some(text) = &global.endpoint {
        let home = session.settings.home();
        let endpoint = match Endpoint::parse(text, home.as_deref())? {
            Endpoint::File(path) => Endpoint::File(whole(&path)?),
            other => other,
        };
        values.push(("endpoint", endpoint.to_string()));
    }
    if let Some(text) = &global.cluster_root {
        values.push(("cluster-root", TreePath::parse(text)?.to_string()));
    }
    if let Some(text) = &global.request_timeout {
        values.push(("request-timeout", duration::format(duration::parse(text)?)));
    }
    if let Some(text) = &global.manage_url {
        values.push(("manage-url", crate::endpoint::manage(text)?.to_string()));
    }
    for (key, file) in [
        ("ca", &global.ca),
        ("cert", &global.cert),
        ("key", &global.key),
        ("manage-token-file", &global.manage_token_file),
    ] {
        if let Some(file) = file {
            values.push((key, whole(Path::new(file))?.display().to_string()));
        }
    }
    for (key, text) in [
        ("as", &global.as_id),
        ("cluster", &global.cluster),
        ("group", &global.group),
        ("user", &global.user),
        ("password", &global.password),
    ] {
        values.extend(text.clone().map(|text| (key, text)));
    }
    Ok(values)
}

fn whole(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::new(Kind::Failed, format!("finding `{}`", path.display())).because(error)
    })
}
