//! `metactl mapping get`

use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::ops::mapping::{self, Links};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show the links of one node, or of all
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl mapping get
  metactl mapping get 192.168.100.2
  metactl mapping get -o json | jq -r '.[\"192.168.100.2\"].host'",
    after_long_help = "Text: ip, name and the path that /self/<name> stands for."
)]
pub struct GetArgs {
    /// The node's ip; all nodes otherwise
    #[arg(value_name = "IP")]
    ip: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Links);

pub async fn run(args: GetArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let view = session.view().await?;
    let links = mapping::get(&view, &view.scope().group, args.ip.as_deref()).await?;
    if links.is_empty() {
        session.ui.status(format!("no node has a mapping in the group {}", view.scope().group));
    }
    session.ui.show(&Shown(links), format)
}

impl Shown {
    fn lines(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().flat_map(|(ip, links)| {
            links.iter().map(|(name, real)| (ip.as_str(), name.as_str(), real.as_str()))
        })
    }
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.lines().try_for_each(|(ip, name, real)| writeln!(out, "{ip}\t{name}\t{real}"))
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.0.is_empty() {
            return None;
        }
        let mut table = Table::new(["IP", "NAME", "PATH"]);
        let mut last = "";
        for (ip, name, real) in self.lines() {
            let shown = if ip == last { "" } else { ip };
            last = ip;
            table.row([Cell::styled(shown, styles.name), name.into(), real.into()]);
        }
        Some(table)
    }
}
