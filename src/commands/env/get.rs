//! `metactl env get`

use std::io;

use crate::commands::{complete, leaves};
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::env::get::{self, Parameter, Request, Shown};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table, escape};

/// Show parameters of a cluster
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl env get
  metactl env get port
  metactl env get --role gateway -o json
  eval \"$(metactl env get -o env --reveal)\"",
    after_long_help = "One key that is a leaf prints its value. Else one line for each parameter: key, a tab, and
the value with \\\\ \\t \\n \\r escaped; on a terminal, a table that also tells what the app
accepts. What lies inside of a directory, such as the halves of a pair of keys, has / in its key.
Secrets read ******** unless --reveal is given: those that the app declares, without an app
those whose names sound so."
)]
pub struct GetArgs {
    /// Parameters; all without
    #[arg(value_name = "KEY", add = complete::parameters())]
    keys: Vec<String>,

    /// What the nodes of this role see: its own parameters before those of all nodes
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Option<String>,

    /// Show secrets as they are
    #[arg(long)]
    reveal: bool,
}

const FORMATS: [Format; 6] =
    [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Env, Format::Value];

pub async fn run(args: GetArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&FORMATS, Format::Table)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let (keys, role) = (args.keys.as_slice(), args.role.as_deref());
    let request = Request { cluster: &cluster, keys, role, reveal: args.reveal };
    let shown = get::get(&view, &request).await?;
    if shown.parameters.is_empty() {
        session.ui.status(format!("cluster {cluster} has no parameters"));
    }
    session.ui.show(&shown, format)?;
    if shown.masked && shown.single {
        session.ui.hint("Add `--reveal` to see the secret");
    }
    Ok(())
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        if self.single {
            return self.value(out);
        }
        let mut parameters = self.parameters.iter();
        parameters.try_for_each(|one| writeln!(out, "{}\t{}", one.key, escape(&one.value)))
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.single || self.parameters.is_empty() {
            return None;
        }
        let mut table = Table::new(["KEY", "VALUE", "ROLE", "ACCEPTED"]);
        for Parameter { key, value, role, accepted } in &self.parameters {
            table.row([
                Cell::styled(key.as_str(), styles.name),
                escape(value).into_owned().into(),
                role.as_deref().unwrap_or_default().into(),
                Cell::styled(accepted.as_deref().unwrap_or_default(), styles.muted),
            ]);
        }
        Some(table)
    }

    fn env(&self) -> Option<Vec<(&str, &str)>> {
        Some(self.parameters.iter().map(|one| (one.key.as_str(), one.value.as_str())).collect())
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.parameters.iter().try_for_each(|one| leaves::value(out, &one.value))
    }
}
