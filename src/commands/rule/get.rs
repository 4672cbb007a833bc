//! `metactl rule get`

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::model::rule::{Mode, Rules};
use crate::ops::rule;
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show the access rules of one client, or of all
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl rule get
  metactl rule get 192.168.100.2
  metactl rule get -o json | jq '.[\"192.168.100.2\"]'",
    after_long_help = "Text: ip, path, read or forbidden. JSON has metad's form, mode 0 forbidden and 1 read."
)]
pub struct GetArgs {
    /// The client's ip; all clients otherwise
    #[arg(value_name = "IP")]
    ip: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(BTreeMap<String, Rules>);

pub async fn run(args: GetArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let view = session.view().await?;
    let listed = rule::get(&view, args.ip.as_deref()).await?;
    for ip in &listed.unreadable {
        session
            .ui
            .warn(format_args!("the access rules of {ip} cannot be read, they allow nothing"));
    }
    if listed.rules.is_empty() && listed.unreadable.is_empty() {
        session.ui.status(format!("no client has rules in the group {}", view.scope().group));
    }
    session.ui.show(&Shown(listed.rules), format)
}

impl Shown {
    fn lines(&self) -> impl Iterator<Item = (&str, &str, Mode)> {
        self.0.iter().flat_map(|(ip, rules)| {
            rules.0.iter().map(|rule| (ip.as_str(), rule.path.as_str(), rule.mode))
        })
    }
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.lines().try_for_each(|(ip, path, mode)| writeln!(out, "{ip}\t{path}\t{}", mode.word()))
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.0.is_empty() {
            return None;
        }
        let mut table = Table::new(["IP", "PATH", "RULE"]);
        let mut last = "";
        for (ip, path, mode) in self.lines() {
            let shown = if ip == last { "" } else { ip };
            last = ip;
            let style = if mode == Mode::Read { styles.good } else { styles.bad };
            let mode = Cell::styled(mode.word(), style);
            table.row([Cell::styled(shown, styles.name), path.into(), mode]);
        }
        Some(table)
    }
}
