//! Documents made from the program's own description, compared with those in the repository.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Command;
use clap::ValueEnum;
use metactl::cli;
use metactl::commands::completions::{self, Shell};
use metactl::config::VARIABLES;
use metactl::error::Kind;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "tests are told by it to write what they compare")]
fn overwrite() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// Compares the files of a folder with what they should be, or writes them.
#[track_caller]
fn compare(folder: &str, files: Vec<(String, Vec<u8>)>) {
    let folder = root().join(folder);
    let wanted: BTreeSet<_> = files.iter().map(|(name, _)| folder.join(name)).collect();
    if overwrite() {
        std::fs::create_dir_all(&folder).unwrap();
        for stray in listed(&folder).difference(&wanted) {
            std::fs::remove_file(stray).unwrap();
        }
        for (name, content) in &files {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
    let refresh = "refresh with `SNAPSHOTS=overwrite cargo test --test it reference`";
    assert_eq!(listed(&folder), wanted, "other files; {refresh}");
    for (name, content) in files {
        let there = std::fs::read(folder.join(&name)).unwrap();
        assert!(there == content, "{name} is not what the program says; {refresh}");
    }
}

fn listed(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn manual_pages() {
    let pages = cli::pages::all().unwrap();
    compare("man", pages.into_iter().map(|page| (page.name, page.source)).collect());
}

#[test]
fn completion_scripts() {
    let file = |shell: &Shell| {
        let name = match shell {
            Shell::Bash => "metactl.bash",
            Shell::Zsh => "_metactl",
            Shell::Fish => "metactl.fish",
            Shell::Powershell => "metactl.ps1",
            Shell::Elvish => "metactl.elv",
        };
        (name.to_owned(), completions::script(*shell).unwrap())
    };
    compare("completions", Shell::value_variants().iter().map(file).collect());
}

#[test]
fn command_reference() {
    let mut command = cli::command();
    command.build();
    let mut text = String::from(
        "# The command line\n\nMade from the program's own description. \
         Each command's `--help` says the same.\n",
    );
    chapter(&mut text, &command, "metactl");
    settings(&mut text);
    exit_codes(&mut text);
    compare("docs/cli", vec![("reference.md".to_owned(), text.into_bytes())]);
}

fn chapter(text: &mut String, command: &Command, words: &str) {
    let deep = words.split(' ').count();
    let mut shown = command.clone().term_width(100).bin_name(words);
    if deep == 1 {
        shown = shown.mut_args(|arg| arg.hide(false));
    } else {
        shown = shown.mut_args(|arg| {
            let hidden = arg.is_global_set() || arg.get_id() == "help";
            arg.hide(hidden)
        });
    }
    let help = shown.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let marks = "#".repeat((deep + 1).min(4));
    let _ = writeln!(text, "\n{marks} {words}\n\n```text\n{}\n```", lines.join("\n").trim());
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        chapter(text, sub, &format!("{words} {}", sub.get_name()));
    }
}

fn settings(text: &mut String) {
    let _ = writeln!(
        text,
        "\n## Variables\n\nA flag counts more than a variable, a variable more than a context, \
         unless the context was named by `--context`.\n\n| variable | what |\n|---|---|"
    );
    for (name, about) in VARIABLES {
        let _ = writeln!(text, "| `{name}` | {about} |");
    }
}

fn exit_codes(text: &mut String) {
    let _ = writeln!(text, "\n## Exit codes\n\n| code | meaning |\n|---|---|");
    for (code, about) in Kind::EXIT_CODES {
        let _ = writeln!(text, "| {code} | {about} |");
    }
}

#[test]
fn help_lines_are_short_imperatives() {
    fn check(command: &Command, words: &str, complaints: &mut Vec<String>) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if about.is_empty() || about.chars().count() >= 72 || about.ends_with('.') {
            complaints.push(format!("{words}: `{about}`"));
        }
        let before = command.get_before_long_help().map(ToString::to_string).unwrap_or_default();
        if !before.starts_with("Examples:\n  ") {
            complaints.push(format!("{words}: no examples in the help"));
        }
        for sub in command.get_subcommands() {
            check(sub, &format!("{words} {}", sub.get_name()), complaints);
        }
    }
    let mut complaints = Vec::new();
    check(&cli::command(), "metactl", &mut complaints);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
