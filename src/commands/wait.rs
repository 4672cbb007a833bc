//! `metactl wait`

use std::io;
use std::time::Duration;

use crate::commands::{args, complete};
use crate::error::Result;
use crate::model::condition::{Condition, Count};
use crate::model::path::Path;
use crate::ops::wait::{self, Held, Notice, Request};
use crate::session::Session;
use crate::ui::{Format, Report};

/// Wait until something holds at paths
///
/// It looks once and then hears of every commit: no change falls in between, and
/// what holds for one revision only counts too. Several paths have to hold in the
/// same revision; with --any one is enough. While the store is away it is waited
/// for, and that is said once.
///
/// A metadata service shows states: of /self at http(s)://, of everything at gce and
/// at metad, each is compared with the one before, and what holds only between two
/// of them is not seen.
///
/// Nothing is printed when it holds, unless -o json or yaml asks for the paths and
/// what was there.
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl wait /self/adding-hosts --absent
  metactl wait /self/env/leader /self/env/port --timeout 1m
  metactl wait /cl-abcd1234/hosts/web --children 3+ --timeout 10m
  metactl wait /self/cluster/upgrade-audit /self/adding-hosts --exists --any",
    after_long_help = "Exit codes: 0 it holds, 124 it did not within --timeout. `--timeout 0` looks once."
)]
pub struct WaitArgs {
    /// Leaves and directories; they need not be there
    #[arg(required = true, value_name = "PATH", add = complete::paths())]
    paths: Vec<Path>,

    #[command(flatten)]
    condition: ConditionArgs,

    /// One of the paths is enough
    #[arg(long)]
    any: bool,

    /// Give up after this long, with exit code 124
    #[arg(long, value_name = "DURATION", value_parser = args::duration)]
    timeout: Option<Duration>,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct ConditionArgs {
    /// Until there is a leaf or a directory; what is meant when nothing else is said
    #[arg(long)]
    exists: bool,

    /// Until there is nothing
    #[arg(long)]
    absent: bool,

    /// Until there is a leaf with this value
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    equals: Option<String>,

    /// Until there is a leaf whose value matches, anywhere unless ^ and $ say where
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    matches: Option<String>,

    /// Until there are N direct children, or with N+ at least N
    #[arg(long, value_name = "N[+]", value_parser = Count::parse)]
    children: Option<Count>,
}

pub async fn run(args: WaitArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose_or(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let condition = args.condition.chosen()?;
    let view = session.view().await?;
    let WaitArgs { paths, any, timeout, .. } = args;
    let request = Request { paths, condition, any, timeout };
    let mut notice = |notice: Notice<'_>| match notice {
        Notice::Away(error) => {
            session.ui.warn(format_args!("the store does not answer, it is waited for: {error}"));
        }
        Notice::Back => session.ui.status("the store answers again"),
    };
    let held = wait::wait(&view, &request, &mut notice).await?;
    session.ui.show(&held, format)
}

impl ConditionArgs {
    fn chosen(&self) -> Result<Condition> {
        if self.absent {
            return Ok(Condition::Absent);
        }
        if let Some(value) = &self.equals {
            return Ok(Condition::Equals(value.clone()));
        }
        if let Some(pattern) = &self.matches {
            return args::regular(pattern, pattern).map(Condition::Matches);
        }
        Ok(self.children.map_or(Condition::Exists, Condition::Children))
    }
}

impl Report for Held {
    /// That it holds is told by the exit code.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
