//! `metactl rule check`

use std::io;

use crate::error::{Error, Kind, Result};
use crate::model::access::{Decided, Verdict};
use crate::model::path::Path;
use crate::ops::rule::{self, Checked};
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show whether a client may read a path, and which link or rule decides
///
/// Of a directory, what is decided otherwise below it comes on further lines; of
/// /self and directories of links, each link has its line. Whether there is
/// anything at the path plays no part.
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl rule check 192.168.100.2 /self/env/secret
  metactl rule check 192.168.100.2 /cl-abcd1234 -o json
  metactl rule check 192.168.100.2 /cl-abcd1234 >/dev/null && echo readable",
    after_long_help = "Text: allowed or forbidden, the path, the real path (- where no link leads), and why.
Exit codes: 0 all or some of it may be read, 6 nothing of it."
)]
pub struct CheckArgs {
    /// The client's ip
    #[arg(value_name = "IP")]
    ip: String,

    /// Real path, or a path below the client's /self
    #[arg(value_name = "PATH")]
    path: Path,
}

pub async fn run(args: CheckArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    let view = session.view().await?;
    let checked = rule::check(&view, &args.ip, &args.path).await?;
    session.ui.show(&checked, format)?;
    match checked.verdict {
        Verdict::Allowed | Verdict::Partly => Ok(()),
        Verdict::Forbidden => Err(Error::new(
            Kind::Denied,
            format!("`{}` may not read `{}`", checked.ip, checked.path),
        )
        .hint(format!("See what it may read: `metactl rule check {} /`", checked.ip))),
    }
}

fn word(decided: &Decided) -> &'static str {
    if decided.decision.allowed { Verdict::Allowed.word() } else { Verdict::Forbidden.word() }
}

fn real(decided: &Decided) -> &str {
    decided.real_path.as_ref().map_or("-", Path::as_str)
}

impl Report for Checked {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.decisions.iter().try_for_each(|decided| {
            let (word, real, why) = (word(decided), real(decided), &decided.decision.why);
            writeln!(out, "{word}\t{}\t{real}\t{why}", decided.path)
        })
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::new(["", "PATH", "REAL PATH", "WHY"]);
        for decided in &self.decisions {
            let style = if decided.decision.allowed { styles.good } else { styles.bad };
            table.row([
                Cell::styled(word(decided), style),
                Cell::styled(decided.path.as_str(), styles.name),
                real(decided).into(),
                decided.decision.why.as_str().into(),
            ]);
        }
        Some(table)
    }
}
