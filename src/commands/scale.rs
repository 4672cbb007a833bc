//! `metactl scale`

pub mod abort;
pub mod args;
pub mod dry_run;
pub mod finish;
pub mod r#in;
pub mod out;
pub mod phases;
pub mod status;
pub mod up;

use crate::error::Result;
use crate::session::Session;

/// Scale a cluster as its platform would, phase by phase
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl scale out --count 2
  metactl scale out shard --count 1 --hold
  metactl scale status
  metactl scale finish

Every phase is one commit, which nobody ever sees half of. What is in flight blocks other
operations on the cluster until it is finished or aborted, whatever becomes of the process
that began it.")]
pub enum ScaleCommand {
    Out(out::OutArgs),
    In(r#in::InArgs),
    Up(up::UpArgs),
    Status(status::StatusArgs),
    Finish(finish::FinishArgs),
    Abort(abort::AbortArgs),
}

impl ScaleCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            ScaleCommand::Out(args) => out::run(args, session).await,
            ScaleCommand::In(args) => r#in::run(args, session).await,
            ScaleCommand::Up(args) => up::run(args, session).await,
            ScaleCommand::Status(args) => status::run(args, session).await,
            ScaleCommand::Finish(args) => finish::run(args, session).await,
            ScaleCommand::Abort(args) => abort::run(args, session).await,
        }
    }
}
