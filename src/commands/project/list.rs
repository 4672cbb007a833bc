//! `metactl project list`

use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::ops::project::{self, Summary};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// List the projects
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl project list
  metactl project list -o json",
    after_long_help = "Text: project and number of metadata keys. The project default is always there."
)]
pub struct ListArgs {}

#[derive(Serialize)]
#[serde(transparent)]
struct Projects(Vec<Summary>);

pub async fn run(_: ListArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];
    let format = session.ui.choose(&allowed, Format::Table)?;
    session.ui.show(&Projects(project::list(&session.view().await?).await?), format)
}

impl Report for Projects {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|one| writeln!(out, "{}\t{}", one.project, one.attributes))
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::new(["PROJECT", "ATTRIBUTES"]);
        for one in &self.0 {
            let name = Cell::styled(one.project.as_str(), styles.name);
            table.row([name, one.attributes.to_string().into()]);
        }
        table.right(1);
        Some(table)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|one| writeln!(out, "{}", one.project))
    }
}
