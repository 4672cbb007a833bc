//! `metactl env`

pub mod get;
pub mod set;
pub mod unset;

use crate::error::Result;
use crate::ops::env::change::Changed;
use crate::session::Session;

/// Show, set and unset parameters of a cluster
#[derive(Debug, clap::Subcommand)]
#[command(before_long_help = "Examples:
  metactl env get
  metactl env set port=7401 features=metrics,audit
  metactl env set --role gateway tls.enabled=true
  metactl env unset retention.hours

The cluster is the one that --cluster names, or the only one there is.")]
pub enum EnvCommand {
    Get(get::GetArgs),
    Set(set::SetArgs),
    Unset(unset::UnsetArgs),
}

impl EnvCommand {
    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            EnvCommand::Get(args) => get::run(args, session).await,
            EnvCommand::Set(args) => set::run(args, session).await,
            EnvCommand::Unset(args) => unset::run(args, session).await,
        }
    }
}

/// The words of a change for its note: keys, never values.
fn words(verb: &str, cluster: &str, role: Option<&str>, keys: &[&str]) -> String {
    let role = role.map(|role| format!(" --role {role}")).unwrap_or_default();
    let more = if keys.len() > NAMED { " …" } else { "" };
    let named: Vec<&str> = keys.iter().take(NAMED).copied().collect();
    format!("env {verb} --cluster {cluster}{role} {}{more}", named.join(" "))
}

/// The most keys that a note or a status line names.
const NAMED: usize = 8;

/// What became of a change, as a status line.
fn told(done: &Changed, verb: &str) -> String {
    let Changed { cluster, role, keys, unchanged, revision, .. } = done;
    let of = match role {
        Some(role) => format!("role {role} of {cluster}"),
        None => cluster.clone(),
    };
    let listed = |keys: &[String]| match keys.len() {
        count if count > NAMED => format!("{count} parameters"),
        _ => keys.join(", "),
    };
    if keys.is_empty() {
        let have = if unchanged.len() == 1 { "has that value" } else { "have these values" };
        return format!("nothing to change: {} of {of} {have} already", listed(unchanged));
    }
    let same = match unchanged.as_slice() {
        [] => String::new(),
        unchanged => format!("; unchanged: {}", listed(unchanged)),
    };
    format!("{verb} {} of {of} at revision {revision}{same}", listed(keys))
}
