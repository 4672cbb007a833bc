//! `metactl cluster delete`

use std::io;

use super::life;
use crate::commands::complete;
use crate::commands::scale::args::CommandArgs;
use crate::error::Result;
use crate::model::ids;
use crate::model::operation::Work;
use crate::ops::cluster::delete::{self, Deleted};
use crate::session::Session;
use crate::ui::{Format, Report};

/// Delete a cluster with everything that belongs to it
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cluster delete cl-abcd1234
  metactl cluster delete cl-abcd1234 --yes

Takes away its tree, the mapping and rules of its nodes and what they claimed, in one
commit. Refused, with exit code 4, while other clusters are linked to it. With --run-commands
the nodes' agents run destroy and stop before; when one fails nothing is taken away.")]
pub struct DeleteArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    /// Go on when a command of the app fails, unless the app forbids it
    #[arg(long, requires = "run_commands")]
    force: bool,

    #[command(flatten)]
    commands: CommandArgs,
}

pub async fn run(args: DeleteArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    ids::check_cluster(&args.id)?;
    let view = session.view().await?;
    let mut doomed = delete::look(&view, &args.id).await?;
    let place = view.store().place();
    let hosts = if doomed.hosts == 1 { "host" } else { "hosts" };
    session.ui.confirm(&format!(
        "delete cluster `{}` with its {} {hosts} from {place}",
        args.id, doomed.hosts
    ))?;
    if args.commands.run_commands {
        let patience = args.commands.patience;
        life::run(session, &view, &args.id, Work::Delete, args.force, patience).await?;
        doomed = delete::look(&view, &args.id).await?;
    }
    let note = session.note("cluster delete");
    let deleted = delete::delete(&view, doomed, note).await?;
    session.ui.status(format!("deleted cluster {} at revision {}", deleted.id, deleted.revision));
    if deleted.was_self {
        session.ui.status("/self was one of its nodes; --as chooses another");
    }
    session.ui.show(&deleted, format)
}

impl Report for Deleted {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
