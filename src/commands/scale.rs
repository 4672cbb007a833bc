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
#[command(
    before_long_help = "Examples:
  metactl scale out --count 2
  metactl scale out shard --count 1 --hold
  metactl scale status
  metactl scale finish

Every phase is one commit, which nobody ever sees half of. What is in flight blocks other
operations on the cluster until it is finished or aborted, whatever becomes of the process
that began it.",
    after_long_help = "A rehearsal of an app's whole life, on one machine and with its real commands:
  metactl agent --all --cluster cl-demo                # in a terminal of its own: every node
  metactl cluster create --id cl-demo --app DIR --run-commands     # init, start on all nodes
  metactl scale out ROLE --count 2 --run-commands --dry-run        # what each phase would do
  metactl scale out ROLE --count 2 --run-commands      # adding-hosts, init, start, scale_out
  metactl --as INSTANCE get /self/hosts                # what a node sees; also: watch
  metactl scale in --role ROLE --count 1 --run-commands            # scale_in, destroy, stop
  metactl scale up ROLE --cpu 4 --run-commands         # stop, resize, start
  metactl env set KEY=VALUE                            # checked against config.json
  metactl cmd service NAME --param K=V --wait          # a service of the app's own
  metactl cmd list                                     # every command, its exit codes
  metactl cluster upgrade cl-demo --app NEWER --run-commands
  metactl doctor                                       # exit code 1 when anything is wrong
  metactl cluster delete cl-demo --run-commands

With --hold it stops where nodes see that something is going on, with --assert a command of
yours judges every phase, and everything is undone when it says no."
)]
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
