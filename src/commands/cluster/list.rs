//! `metactl cluster list`

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::ops::cluster::list::{self, Listed};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// List the clusters
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cluster list
  metactl cluster list -o value | xargs -n1 metactl cluster show
  metactl cluster list -o json | jq '.[] | select(.state == \"active\") | .id'

Text: id, app, number of nodes, roles (master=3,…), state, vxnet, cidr and links
(zk_service=cl-…,…). What nobody has written down is empty.")]
pub struct ListArgs {}

#[derive(Serialize)]
#[serde(transparent)]
struct Clusters(Vec<Listed>);

pub async fn run(_: ListArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let clusters = Clusters(list::list(&session.view().await?).await?);
    if clusters.0.is_empty() {
        session.ui.status("there are no clusters");
    }
    session.ui.show(&clusters, format)
}

/// `name=value,…`; what has no name stands alone.
fn joined<V: std::fmt::Display>(pairs: &BTreeMap<String, V>, separator: &str) -> String {
    let pair = |(name, value): (&String, &V)| {
        if name.is_empty() { value.to_string() } else { format!("{name}={value}") }
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(separator)
}

impl Report for Clusters {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for one in &self.0 {
            let Listed { id, app, nodes, state, vxnet, cidr, .. } = one;
            let (roles, links) = (joined(&one.roles, ","), joined(&one.links, ","));
            writeln!(out, "{id}\t{app}\t{nodes}\t{roles}\t{state}\t{vxnet}\t{cidr}\t{links}")?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        if self.0.is_empty() {
            return None;
        }
        let mut table = Table::new(["CLUSTER", "APP", "NODES", "ROLES", "STATE", "LINKS"]);
        for one in &self.0 {
            let state = match one.state.as_str() {
                "active" => styles.good,
                "creating" => styles.warn,
                _ => styles.muted,
            };
            let without = one.roles.contains_key("");
            let roles = if without {
                String::new()
            } else {
                joined(
                    &one.roles, "
",
                )
            };
            table.row([
                Cell::styled(one.id.as_str(), styles.name),
                one.app.as_str().into(),
                one.nodes.to_string().into(),
                roles.into(),
                Cell::styled(one.state.as_str(), state),
                one.links.values().cloned().collect::<Vec<_>>().join("\n").into(),
            ]);
        }
        table.right(2);
        Some(table)
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|one| writeln!(out, "{}", one.id))
    }
}
