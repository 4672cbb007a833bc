//! A tree of one command, for those that scripts run in loops: to describe all
//! commands takes longer than to do the work of one.

use std::ffi::OsString;

use clap::{Args, Command};

use super::GlobalArgs;
use crate::commands::{add_metadata, get, ls, put, remove_metadata, rm, status, version};

/// Adds a command's arguments to its name.
type Describe = fn(Command) -> Command;

/// The commands that are run in loops, and the description of each.
const COMMANDS: [(&str, Describe); 8] = [
    ("get", get::GetArgs::augment_args),
    ("put", put::PutArgs::augment_args),
    ("ls", ls::LsArgs::augment_args),
    ("rm", rm::RmArgs::augment_args),
    ("add-metadata", add_metadata::AddMetadataArgs::augment_args),
    ("remove-metadata", remove_metadata::RemoveMetadataArgs::augment_args),
    ("status", status::StatusArgs::augment_args),
    ("version", version::VersionArgs::augment_args),
];

/// The tree for a line whose first word is one of these commands; what comes
/// after it then belongs to it.
pub(super) fn for_line(words: &[OsString]) -> Option<Command> {
    let first = words.get(1)?.to_str()?;
    let (name, describe) = COMMANDS.iter().find(|(name, _)| *name == first)?;
    let alone = describe(Command::new(*name));
    let root = Command::new("metactl")
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(100)
        .disable_help_subcommand(true)
        .subcommand(alone);
    Some(GlobalArgs::augment_args(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_and_says_what_the_whole_tree_does() {
        for (name, _) in COMMANDS {
            let line = ["metactl", name, "--help"].map(OsString::from);
            let mut whole = crate::cli::command();
            let mut alone = for_line(&line).unwrap();
            alone.clone().debug_assert();
            for words in [&line[..], &line[..2], &["metactl", name, "--nope"].map(OsString::from)] {
                let told = |command: &mut Command| match command.try_get_matches_from_mut(words) {
                    Ok(matches) => format!("{:?}", matches.subcommand_name()),
                    Err(error) => error.to_string(),
                };
                assert_eq!(told(&mut alone), told(&mut whole), "{name}");
            }
        }
    }
}
