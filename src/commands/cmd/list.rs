//! `metactl cmd list`

use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::ops::command::list::{self, Listed};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table, escape};

/// How much of a command a table shows.
const CUT: usize = 48;

/// List the commands that were sent, oldest first
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cmd list
  metactl cmd list --cluster cl-abcd1234
  metactl cmd list -o json | jq '.[] | select(.states.failed) | .id'

The last 100 of each cluster are kept. Text: id, time, cluster, number of nodes, how many
of them are in each state (done=2,failed=1), who has sent it, and the command.")]
pub struct ListArgs {}

#[derive(Serialize)]
#[serde(transparent)]
struct Commands(Vec<Listed>);

pub async fn run(_: ListArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let cluster = session.settings.cluster()?.map(str::to_owned);
    let commands = Commands(list::list(&session.view().await?, cluster.as_deref()).await?);
    if commands.0.is_empty() {
        session.ui.status("no command was sent");
    }
    session.ui.show(&commands, format)
}

impl Listed {
    /// `done=2,failed=1`.
    fn states(&self, separator: &str) -> String {
        let one = |(state, count): (&&str, &usize)| format!("{state}={count}");
        self.states.iter().map(one).collect::<Vec<_>>().join(separator)
    }

    /// The service, else the command.
    fn title(&self) -> String {
        self.service.as_ref().map_or_else(
            || escape(&self.command).into_owned(),
            |service| format!("service {service}"),
        )
    }
}

/// The start of a text that is too long for its column.
fn cut(text: &str) -> String {
    match text.char_indices().nth(CUT) {
        Some(_) => text.chars().take(CUT - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

impl Report for Commands {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for one in &self.0 {
            let Listed { id, when, cluster, nodes, actor, .. } = one;
            let (states, command) = (one.states(","), one.title());
            writeln!(out, "{id}\t{when}\t{cluster}\t{nodes}\t{states}\t{actor}\t{command}")?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.0.is_empty() {
            return None;
        }
        let mut table = Table::new(["COMMAND", "WHEN", "CLUSTER", "NODES", "STATES", "TEXT"]);
        for one in &self.0 {
            let bad = ["failed", "timed_out", "lost"];
            let style = match () {
                () if bad.iter().any(|state| one.states.contains_key(state)) => styles.bad,
                () if one.states.keys().all(|state| *state == "done") => styles.good,
                () => styles.warn,
            };
            table.row([
                Cell::styled(one.id.as_str(), styles.name),
                Cell::styled(one.when.get(..19).unwrap_or(&one.when), styles.muted),
                one.cluster.as_str().into(),
                one.nodes.to_string().into(),
                Cell::styled(one.states("\n"), style),
                cut(&one.title()).into(),
            ]);
        }
        table.right(3);
        Some(table)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|one| writeln!(out, "{}", one.id))
    }
}
