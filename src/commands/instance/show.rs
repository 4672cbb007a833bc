//! `metactl instance show`

use std::io;

use crate::commands::complete;
use crate::error::Result;

use crate::model::tombstone::Tombstone;
use crate::ops::instance::{self, Instance};
use crate::session::Session;
use crate::ui::escape::escape;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show one instance: its host record and its custom metadata
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl instance show i-abcd1234
  metactl instance show self --effective
  metactl instance show 192.168.100.2 -o json | jq -r .attributes.motd

Of a node that a scale-in has removed it shows what is left: who removed it, and when.")]
pub struct ShowArgs {
    /// Instance id, node id or ip, or self
    #[arg(value_name = "INSTANCE", add = complete::instances())]
    id: String,

    /// With the metadata of its project, where its own has no such key
    #[arg(long)]
    effective: bool,
}

pub async fn run(args: ShowArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let shown = instance::show(&session.view().await?, &args.id, args.effective).await?;
    if let Some(Tombstone { removed, actor, path, revision, .. }) = &shown.removed {
        session.ui.warn(format!("{} was removed at {removed} by {actor}", shown.instance_id));
        session.ui.hint(format!("Its record as it was: `metactl get {path} --rev {revision}`"));
    }
    session.ui.show(&shown, format)
}

impl Instance {
    /// Every key and value, the attributes as `attributes/<key>`; then who has
    /// removed it and when.
    fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        let host = self.host.iter().map(|(key, value)| (key.clone(), value.as_str()));
        let own = self.attributes.iter();
        let removed = self.removed.iter().flat_map(|tombstone| {
            let Tombstone { removed, actor, command, .. } = tombstone;
            [("state", "removed"), ("removed", removed), ("actor", actor), ("command", command)]
        });
        host.chain(own.map(|(key, value)| (format!("attributes/{key}"), value.as_str())))
            .chain(removed.map(|(key, value)| (key.to_owned(), value)))
    }
}

impl Report for Instance {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.lines().try_for_each(|(key, value)| writeln!(out, "{key}\t{}", escape(value)))
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::new(["KEY", "VALUE"]);
        let place = self.path.as_str();
        table.row([Cell::styled("path", styles.muted), Cell::styled(place, styles.muted)]);
        for (key, value) in self.lines() {
            table.row([Cell::styled(key, styles.name), escape(value).into_owned().into()]);
        }
        Some(table)
    }
}
