//! `metactl cmd show`

use std::io;

use crate::commands::complete;
use crate::error::Result;
use crate::model::command::State;
use crate::ops::command::show::{self, Shown, ShownNode};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table, escape};

/// Show a command: how it went on each node, and what it has printed there
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cmd show cmd-k3x9a1zq
  metactl cmd show cmd-k3x9a1zq -o value
  metactl cmd show cmd-k3x9a1zq -o json | jq '.nodes[] | select(.exit != 0)'

Text: instance, node id, role, state, exit code, seconds, why, and the end of the output
with \\\\ \\t \\n \\r escaped. Value: the output alone, of one node after another.")]
pub struct ShowArgs {
    /// Id of the command
    #[arg(value_name = "ID", add = complete::commands())]
    id: String,
}

pub async fn run(args: ShowArgs, session: &Session) -> Result<()> {
    let format = format(session)?;
    let shown = show::show(&session.view().await?, &args.id).await?;
    session.ui.show(&shown, format)
}

/// The form to print a command in.
pub(super) fn format(session: &Session) -> Result<Format> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Value];
    session.ui.choose(&allowed, Format::Table)
}

impl ShownNode {
    fn took(&self) -> String {
        self.seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default()
    }

    /// What it has printed, without what a terminal would take for orders.
    fn printable(&self) -> String {
        let safe = |c: char| match c {
            '\n' => c,
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        };
        self.output.trim_end().chars().map(safe).collect()
    }
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for node in &self.nodes {
            let exit = node.exit.map(|exit| exit.to_string()).unwrap_or_default();
            let took = node.seconds.map(|seconds| format!("{seconds:.3}")).unwrap_or_default();
            let why = node.note.as_deref().unwrap_or_default();
            let ShownNode { instance_id, node_id, role, state, output, .. } = node;
            let (state, output) = (state.name(), escape(output));
            writeln!(
                out,
                "{instance_id}\t{node_id}\t{role}\t{state}\t{exit}\t{took}\t{}\t{output}",
                escape(why)
            )?;
        }
        Ok(())
    }

    fn sections(&self, styles: &Styles) -> Vec<Table> {
        let mut head = Table::plain();
        let mut line = |name: &str, value: &str| {
            head.row([Cell::styled(name, styles.muted), value.into()]);
        };
        line("command", &self.id);
        line("cluster", &self.cluster);
        line("sent", &format!("{} by {}", self.when, self.actor));
        self.service.iter().for_each(|service| line("service", service));
        let mut texts: Vec<&str> = self.nodes.iter().map(|node| node.command.as_str()).collect();
        texts.dedup();
        texts.iter().for_each(|text| line("text", &escape(text)));
        let mut nodes = Table::new(["INSTANCE", "NODE", "ROLE", "STATE", "SECONDS", "WHY"]);
        for node in &self.nodes {
            let style = match node.state {
                State::Pending | State::Running => styles.warn,
                _ if node.is_good() => styles.good,
                _ => styles.bad,
            };
            nodes.row([
                Cell::styled(node.instance_id.as_str(), styles.name),
                Cell::styled(node.node_id.as_str(), styles.muted),
                node.role.as_str().into(),
                Cell::styled(node.words(), style),
                node.took().into(),
                node.note.as_deref().unwrap_or_default().into(),
            ]);
        }
        nodes.right(4);
        let mut sections = vec![head, nodes];
        for node in self.nodes.iter().filter(|node| !node.output.trim().is_empty()) {
            let mut output = Table::plain();
            let title = format!("output of {}", node.instance_id);
            output.row([Cell::styled(title, styles.muted)]);
            output.row([node.printable().into()]);
            sections.push(output);
        }
        sections
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for node in &self.nodes {
            out.write_all(node.output.as_bytes())?;
            if !node.output.is_empty() && !node.output.ends_with('\n') {
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}
