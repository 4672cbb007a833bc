//! The help of the program itself: its commands in groups, by what one wants to do.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Command, CommandFactory};

use super::Cli;

/// Where the flags of every command stand in the help of one of them.
pub(super) const GLOBAL_HEADING: &str = "Options of every command (all of them: metactl --help)";

/// The groups and their commands, in the order of the help.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Read", &["get", "ls", "tree", "dump", "watch", "wait", "exec"]),
    ("Write", &["put", "rm", "import", "export", "add-metadata", "remove-metadata"]),
    (
        "Clusters and nodes",
        &["cluster", "scale", "env", "instance", "cmd", "agent", "project", "mapping", "rule"],
    ),
    ("Serve", &["serve"]),
    ("The store", &["status", "doctor", "context"]),
    ("This program", &["completions", "man", "version"]),
];

const TEMPLATE: &str = "\
{before-help}{about-with-newline}
{usage-heading} {usage}{after-help}
{options}

`metactl COMMAND --help` shows examples.
";

/// The whole tree of commands.
pub fn command() -> Command {
    Cli::command()
}

/// The tree for a line of these words, of one command where that is enough.
/// Without a command among them the help of
/// the program can be asked for, which costs a little to write.
pub fn command_for(words: &[OsString]) -> Command {
    if let Some(alone) = super::alone::for_line(words) {
        return alone;
    }
    let command = command();
    let named = words.iter().skip(1).filter_map(|word| word.to_str());
    match named.into_iter().any(|word| command.find_subcommand(word).is_some()) {
        true => command,
        false => with_help(command),
    }
}

/// The tree with the help of the program: groups of commands, all flags.
fn with_help(command: Command) -> Command {
    let groups = groups(&command);
    command.mut_args(|arg| arg.hide(false)).help_template(TEMPLATE).after_help(groups)
}

fn groups(command: &Command) -> StyledStr {
    let header = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let width = command.get_subcommands().map(|sub| sub.get_name().len()).max().unwrap_or(0);
    let mut out = StyledStr::new();
    for (title, names) in GROUPS {
        let _ = writeln!(out, "{header}{title}:{header:#}");
        for sub in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let (name, about) = (sub.get_name(), sub.get_about().unwrap_or_default());
            let _ = writeln!(out, "  {literal}{name:width$}{literal:#}  {about}");
        }
        let _ = writeln!(out);
    }
    let _ = write!(out, "{header}Options of every command:{header:#}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<_> =
            GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let command = Cli::command();
        let mut there: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        listed.retain(|name| there.contains(name));
        listed.sort_unstable();
        there.sort_unstable();
        assert_eq!(listed, there);
    }

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
        with_help(command()).debug_assert();
    }
}
