//! `metactl mapping`

pub mod get;
pub mod rm;
pub mod set;

use std::io;

use crate::error::Result;
use crate::session::Session;
use crate::store::Outcome;
use crate::ui::Report;

/// Read and change what /self stands for on each node
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl mapping get 192.168.100.2
  metactl mapping set 192.168.100.2 links/zk=/cl-efgh5678")]
#[command(before_long_help = "Examples:
  metactl mapping get
  metactl mapping get 192.168.100.2 -o json
  metactl mapping set 192.168.100.2 notes=/notes/web
  metactl mapping rm 192.168.100.2 notes")]
pub enum MappingCommand {
    Get(get::GetArgs),
    Set(set::SetArgs),
    Rm(rm::RmArgs),
}

impl MappingCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            MappingCommand::Get(args) => get::run(args, session).await,
            MappingCommand::Set(args) => set::run(args, session).await,
            MappingCommand::Rm(args) => rm::run(args, session).await,
        }
    }
}

/// Says on standard error what became of a change of links.
fn tell(session: &Session, ip: &str, verb: &str, done: &Outcome) {
    session.ui.status(match done.changed {
        0 => format!("nothing to change in the mapping of {ip}"),
        1 => format!("{verb} 1 link of {ip} at revision {}", done.revision),
        many => format!("{verb} {many} links of {ip} at revision {}", done.revision),
    });
}

impl Report for Outcome {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
