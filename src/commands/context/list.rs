//! `metactl context list`

use std::io;

use serde::Serialize;

use crate::config::contexts::Contexts;
use crate::error::Result;
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// List the contexts
///
/// The text form has name, endpoint, --as, --cluster, and `current` at the end
/// of the line of the one in force.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context list
  metactl context list -o json")]
pub(super) struct ListArgs {}

#[derive(Serialize)]
#[serde(transparent)]
struct List(Vec<Row>);

#[derive(Serialize)]
struct Row {
    name: String,
    current: bool,
    endpoint: String,
    #[serde(rename = "as", skip_serializing_if = "String::is_empty")]
    as_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cluster: String,
}

pub(super) async fn run(_: ListArgs, session: &Session) -> Result<()> {
    let formats = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&formats, Format::Table)?;
    let contexts = Contexts::read(&session.settings.file()?)?;
    let chosen = session.settings.chosen_context(&contexts);
    let row = |name: &str| {
        let value = |key| contexts.value(name, key).unwrap_or_default().to_owned();
        Row {
            name: name.to_owned(),
            current: chosen.as_deref() == Some(name),
            endpoint: value("endpoint"),
            as_id: value("as"),
            cluster: value("cluster"),
        }
    };
    let list = List(contexts.names().into_iter().map(row).collect());
    if list.0.is_empty() {
        session.ui.status("there are no contexts");
        session.ui.hint("Make one: `metactl context set NAME --endpoint ENDPOINT`");
    }
    session.ui.show(&list, format)
}

impl Report for List {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for row in &self.0 {
            let mark = if row.current { "current" } else { "" };
            let Row { name, endpoint, as_id, cluster, .. } = row;
            writeln!(out, "{name}\t{endpoint}\t{as_id}\t{cluster}\t{mark}")?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::new(["CURRENT", "NAME", "ENDPOINT", "AS", "CLUSTER"]);
        for row in &self.0 {
            table.row([
                Cell::styled(if row.current { "*" } else { "" }, styles.good),
                Cell::styled(&row.name, styles.name),
                row.endpoint.as_str().into(),
                row.as_id.as_str().into(),
                row.cluster.as_str().into(),
            ]);
        }
        (!self.0.is_empty()).then_some(table)
    }
}
