//! `metactl cluster upgrade`

use std::path::PathBuf;

use crate::commands::scale::args::BeginArgs;
use crate::commands::scale::phases;
use crate::commands::{complete, input};
use crate::error::{Error, Kind, Result};
use crate::model::app::package::assignment;
use crate::model::ids;
use crate::model::operation::{Upgraded, Work};
use crate::ops::package;
use crate::session::Session;

/// Upgrade a cluster to another version of its app
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl cluster upgrade cl-abcd1234 --app kafka-2.0.tar.gz
  metactl cluster upgrade cl-abcd1234 --app kafka-2.0 --set env.quota=100 --dry-run
  metactl cluster upgrade cl-abcd1234 --app kafka-2.0 --hold

Phases: register brings the package, its new parameters with their defaults, and
cluster/upgrade-audit; complete takes upgrade-audit away, and the parameters that the new
version does not have. Values that are there are kept; when the new version does not accept
one, nothing is begun. What is held goes back with `metactl scale abort`.",
    after_long_help = "Text: instance, ip, role, server id, group id and node id of the nodes."
)]
pub struct UpgradeArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    /// App package of the new version: a directory or an archive
    #[arg(long, value_name = "DIR|FILE")]
    app: PathBuf,

    /// Set a parameter of the new version, by its property; may be repeated
    #[arg(long, value_name = "PROPERTY=VALUE")]
    set: Vec<String>,

    /// Set what this file holds: YAML, or JSON by its name
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,

    #[command(flatten)]
    begin: BeginArgs,
}

pub async fn run(args: UpgradeArgs, session: &Session) -> Result<()> {
    let format = phases::format(&args.begin, session)?;
    ids::check_cluster(&args.id)?;
    let new = Some(Box::new(args.wanted()?));
    let (from, to, added, vanished, completed_from) = Default::default();
    let work = Work::Upgrade { from, to, added, vanished, completed_from, new };
    let view = session.view().await?;
    phases::begin(session, &view, &args.id, &args.begin, work, format).await
}

impl UpgradeArgs {
    /// What is asked for, with the package and the values read.
    fn wanted(&self) -> Result<Upgraded> {
        let usage = |error: Error| Error::new(Kind::Usage, error.message());
        let set = self.set.iter().map(|text| assignment("--set", text).map_err(usage));
        let read = |path: &PathBuf| -> Result<(String, String)> {
            let name = path.display().to_string();
            let text = input::file_text(&format!("values file `{name}`"), path)?;
            Ok((name, text))
        };
        Ok(Upgraded {
            name: package::short_name(&self.app),
            package: package::read(&self.app)?,
            set: set.collect::<Result<_>>()?,
            values: self.values.as_ref().map(read).transpose()?,
        })
    }
}
