//! `metactl status`

use std::io;

use indicatif::HumanBytes;

use crate::error::Result;
use crate::session::Session;
use crate::store::{Member, Status};
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show how the store is doing
///
/// Exits with 5 when the endpoint cannot be reached. An etcd of which some
/// members do not answer is still there: they are listed with their error.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl status
  metactl status --endpoint etcd://db1,db2,db3
  metactl status -o json | jq .revision")]
pub struct StatusArgs {}

pub async fn run(_: StatusArgs, session: &Session) -> Result<()> {
    let formats = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&formats, Format::Table)?;
    let status = session.store().await?.status().await?;
    let ailing = status.members.iter().filter(|member| !member.healthy).count();
    session.ui.show(&status, format)?;
    if ailing > 0 {
        session.ui.warn(format_args!("{ailing} of {} members do not answer", status.members.len()));
    }
    Ok(())
}

impl Report for Status {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "endpoint\t{}", self.endpoint)?;
        writeln!(out, "kind\t{}", self.kind)?;
        writeln!(out, "version\t{}", self.version)?;
        writeln!(out, "revision\t{}", self.revision)?;
        writeln!(out, "oldest\t{}", self.oldest)?;
        writeln!(out, "keys\t{}", self.keys)?;
        writeln!(out, "size\t{}", self.size)?;
        for member in &self.members {
            let leader = if member.leader { "leader" } else { "follower" };
            let health = member.error.as_deref().unwrap_or("healthy");
            writeln!(
                out,
                "member\t{}\t{health}\t{leader}\t{}\t{:.1}",
                member.endpoint, member.version, member.latency_ms
            )?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::plain();
        let mut row = |name: &str, value: String| {
            table.row([Cell::styled(name, styles.muted), value.into()]);
        };
        row("endpoint", self.endpoint.clone());
        row("kind", format!("{} {}", self.kind, self.version));
        row("revision", format!("{}, readable from {} on", self.revision, self.oldest));
        row("keys", self.keys.to_string());
        row("size", HumanBytes(self.size).to_string());
        for member in &self.members {
            table.row([Cell::styled("member", styles.muted), standing(member, styles)]);
        }
        Some(table)
    }
}

/// A member in a few words.
fn standing(member: &Member, styles: &Styles) -> Cell {
    let Member { endpoint, version, .. } = member;
    match &member.error {
        Some(error) => Cell::styled(format!("{endpoint} is not healthy: {error}"), styles.bad),
        None if !member.healthy => Cell::styled(format!("{endpoint} is not healthy"), styles.bad),
        None => {
            let leader = if member.leader { "leader, " } else { "" };
            let latency = member.latency_ms;
            format!("{endpoint} is healthy ({leader}{version}, {latency:.1} ms)").into()
        }
    }
}
