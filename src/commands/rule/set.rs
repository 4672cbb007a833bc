//! `metactl rule set`

use crate::commands::rule::tell;
use crate::error::{Error, Result};
use crate::model::rule::Rule;
use crate::ops::rule::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Set access rules of a client; its rules on other paths stay
///
/// The first rule of a client changes what it may read altogether: from what its
/// mapping reaches to what its rules allow.
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl rule set 192.168.100.2 /=read
  metactl rule set 192.168.100.2 /cl-abcd1234=read /cl-abcd1234/env/secret=forbidden
  metactl rule set 192.168.100.2 --replace '/*/cluster/endpoints=read'",
    after_long_help = "Paths are real ones, as `metactl mapping get` shows them, not below /self; * stands for any
one name. Several that set rules of one client at once lose nothing."
)]
pub struct SetArgs {
    /// The client's ip
    #[arg(value_name = "IP")]
    ip: String,

    /// Paths, and whether they may be read: PATH=read or PATH=forbidden
    #[arg(value_name = "PATH=MODE", required = true)]
    rules: Vec<String>,

    /// In place of all rules that the client has
    #[arg(long)]
    replace: bool,
}

pub async fn run(args: SetArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let rules = args.rules.iter().map(|text| Rule::parse(text)).collect::<Result<Vec<_>>>()?;
    for (index, rule) in rules.iter().enumerate() {
        if rules.iter().take(index).any(|other| other.path == rule.path) {
            return Err(Error::invalid(format!("there are two rules on `{}`", rule.path)));
        }
    }
    let paths: Vec<&str> = rules.iter().map(|rule| rule.path.as_str()).collect();
    let note = session.note(format!("rule set {} {}", args.ip, paths.join(" ")));
    let (change, verb) = match args.replace {
        true => (Change::Replace(rules), "changed"),
        false => (Change::Merge(rules), "set"),
    };
    let view = session.view().await?;
    let limit = session.settings.target()?.request_timeout.value;
    let done = rule::update(&view, &args.ip, &change, limit, note).await?;
    tell(session, verb, &done);
    session.ui.show(&done, format)
}
