//! `metactl instance list`

use std::io;

use serde::Serialize;

use crate::commands::complete;
use crate::error::Result;
use crate::ops::instance::{self, Filter, State, Summary};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// List the instances of all clusters, or of one
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl instance list
  metactl instance list --cluster cl-abcd1234 --role master
  metactl instance list -o json | jq -r '.[].ip'",
    after_long_help = "Text: instance, ip, cluster, role, server id, group id, node id and state."
)]
pub struct ListArgs {
    /// Only those of this role
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Instances(Vec<Summary>);

pub async fn run(args: ListArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let cluster = session.settings.cluster()?.map(str::to_owned);
    let filter = Filter { cluster, role: args.role };
    let instances = Instances(instance::list(&session.view().await?, &filter).await?);
    if instances.0.is_empty() {
        session.ui.status("there is no such instance");
    }
    session.ui.show(&instances, format)
}

impl Report for Instances {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for Summary { instance_id, ip, cluster, role, sid, gid, node_id, state } in &self.0 {
            let columns = [instance_id, ip, cluster, role, sid, gid, node_id];
            writeln!(out, "{}\t{}", columns.map(String::as_str).join("\t"), state.name())?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.0.is_empty() {
            return None;
        }
        let headings = ["INSTANCE", "IP", "CLUSTER", "ROLE", "SID", "GID", "NODE", "STATE"];
        let mut table = Table::new(headings);
        for one in &self.0 {
            let style = match one.state {
                State::Active => styles.good,
                State::Adding | State::Deleting => styles.warn,
                State::Stopped => styles.muted,
            };
            table.row([
                Cell::styled(one.instance_id.as_str(), styles.name),
                one.ip.as_str().into(),
                one.cluster.as_str().into(),
                one.role.as_str().into(),
                one.sid.as_str().into(),
                one.gid.as_str().into(),
                Cell::styled(one.node_id.as_str(), styles.muted),
                Cell::styled(one.state.name(), style),
            ]);
        }
        table.right(4).right(5);
        Some(table)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|one| writeln!(out, "{}", one.instance_id))
    }
}
