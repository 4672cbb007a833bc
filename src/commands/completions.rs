//! `metactl completions SHELL`

use clap::ValueEnum;
use clap_complete::env::Shells;

use crate::error::{Error, Kind, Result};
use crate::session::Session;

/// Print the script that makes a shell complete metactl
///
/// Commands and flags complete, and so do the cluster ids, roles, instances and
/// paths of the store. Make the script anew after an update of metactl.
#[derive(Debug, clap::Args)]
#[command(before_long_help = r#"Examples:
  source <(metactl completions bash)          # this bash
  metactl completions bash > ~/.local/share/bash-completion/completions/metactl
  metactl completions zsh > "${fpath[1]}/_metactl"
  metactl completions fish > ~/.config/fish/completions/metactl.fish
  metactl completions powershell >> $PROFILE
  metactl completions elvish >> ~/.config/elvish/rc.elv"#)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell that can ask a program for completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

pub async fn run(args: CompletionsArgs, session: &Session) -> Result<()> {
    let script = script(args.shell)?;
    let mut out = session.ui.out();
    out.bytes(&script)?;
    out.finish()
}

/// The registration of metactl with a shell.
pub fn script(shell: Shell) -> Result<Vec<u8>> {
    let name =
        shell.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut script = Vec::new();
    Shells::builtins()
        .completer(&name)
        .ok_or_else(|| Error::new(Kind::Unsupported, format!("completing in `{name}`")))?
        .write_registration("COMPLETE", "metactl", "metactl", "metactl", &mut script)
        .map_err(|error| Error::new(Kind::Failed, "writing the script").because(error))?;
    Ok(script)
}
