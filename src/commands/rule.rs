//! `metactl rule`

pub mod check;
pub mod get;
pub mod rm;
pub mod set;

use std::io;

use crate::error::Result;
use crate::ops::rule::Updated;
use crate::session::Session;
use crate::ui::Report;

/// Read and change what each client of the service may read
///
/// A client is an ip. Without rules it may read exactly what its mapping reaches.
/// With rules they decide, for /self too, on the real path that a link leads to:
/// a rule covers its path and everything below; a name beats *, which stands for
/// any one name; deeper beats shallower; what no rule covers is forbidden.
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl rule get
  metactl rule set 192.168.100.2 /cl-abcd1234=read /cl-abcd1234/env/secret=forbidden
  metactl rule check 192.168.100.2 /self/env/secret
  metactl rule rm 192.168.100.2 /cl-abcd1234/env/secret")]
pub enum RuleCommand {
    Get(get::GetArgs),
    Set(set::SetArgs),
    Rm(rm::RmArgs),
    Check(check::CheckArgs),
}

impl RuleCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            RuleCommand::Get(args) => get::run(args, session).await,
            RuleCommand::Set(args) => set::run(args, session).await,
            RuleCommand::Rm(args) => rm::run(args, session).await,
            RuleCommand::Check(args) => check::run(args, session).await,
        }
    }
}

/// Says on standard error what became of a change of rules.
fn tell(session: &Session, verb: &str, done: &Updated) {
    let Updated { ip, revision, changed, rules } = done;
    session.ui.status(match changed {
        0 => format!("nothing to change in the rules of {ip}"),
        1 => format!("{verb} 1 rule of {ip} at revision {revision}"),
        many => format!("{verb} {many} rules of {ip} at revision {revision}"),
    });
    if rules.0.is_empty() {
        session.ui.status(format!("{ip} has no rules now, its mapping decides"));
    }
}

impl Report for Updated {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
