//! `metactl project show`

use std::io;

use crate::error::Result;

use crate::ops::project::{self, Project};
use crate::session::Session;
use crate::ui::escape::escape;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show the custom metadata of a project
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl project show
  metactl project show web -o json")]
pub struct ShowArgs {
    /// The project's id
    #[arg(value_name = "PROJECT", default_value = project::DEFAULT)]
    id: String,
}

pub async fn run(args: ShowArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let shown = project::show(&session.view().await?, &args.id).await?;
    if shown.attributes.is_empty() {
        session.ui.status(format!("the project {} has no metadata", shown.project));
    }
    session.ui.show(&shown, format)
}

impl Report for Project {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for (key, value) in &self.attributes {
            writeln!(out, "attributes/{key}\t{}", escape(value))?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.attributes.is_empty() {
            return None;
        }
        let mut table = Table::new(["ATTRIBUTE", "VALUE"]);
        for (key, value) in &self.attributes {
            let name = Cell::styled(key.as_str(), styles.name);
            table.row([name, escape(value).into_owned().into()]);
        }
        Some(table)
    }
}
