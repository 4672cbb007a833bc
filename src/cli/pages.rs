//! Manual pages, one for each command, from the tree of commands.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

use crate::error::Kind;

/// A manual page: its file's name and its source.
pub struct Page {
    pub name: String,
    pub source: Vec<u8>,
}

/// All pages: that of the program first, then those of its commands, depth first.
pub fn all() -> io::Result<Vec<Page>> {
    let mut root = super::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    collect(&root, true, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, root: bool, pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command, root)?);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, false, pages)?;
    }
    Ok(())
}

fn page(command: &Command, root: bool) -> io::Result<Page> {
    let shown = match root {
        true => command.clone().mut_args(|arg| match arg.is_global_set() {
            true => arg.hide(false).help_heading("Options of every command"),
            false => arg,
        }),
        // The flags of every command are told once, in the page of the program.
        false => command.clone().mut_args(|arg| {
            let hidden = arg.is_global_set() || arg.get_id() == "help";
            arg.hide(hidden)
        }),
    };
    let description = [shown.get_long_about().or(shown.get_about()), shown.get_before_long_help()]
        .map(|text| text.map(ToString::to_string).unwrap_or_default())
        .join("\n\n");
    let has_options = shown.get_arguments().any(|arg| !arg.is_hide_set());
    let has_commands = shown.has_subcommands();
    let man =
        Man::new(shown).source(concat!("metactl ", env!("CARGO_PKG_VERSION"))).manual("metactl");
    let name = man.get_filename();
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    writeln!(out, ".SH DESCRIPTION")?;
    describe(&mut out, &description)?;
    if has_options {
        man.render_options_section(&mut out)?;
    }
    if has_commands {
        man.render_subcommands_section(&mut out)?;
    }
    if root {
        environment(&mut out)?;
        exit_status(&mut out)?;
    } else {
        writeln!(
            out,
            ".SH \"SEE ALSO\"\n\\fBmetactl\\fR(1): the options of every command, exit status"
        )?;
    }
    Ok(Page { name, source: out })
}

/// The text of a help page: indented lines are kept as they are, others are filled.
fn describe(out: &mut Vec<u8>, text: &str) -> io::Result<()> {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        writeln!(out, ".PP")?;
        let mut kept = false;
        for line in paragraph.lines() {
            let keep = line.starts_with("  ");
            if keep != kept {
                writeln!(out, "{}", if keep { ".nf" } else { ".fi" })?;
                kept = keep;
            }
            writeln!(out, "{}", escaped(line))?;
        }
        if kept {
            writeln!(out, ".fi")?;
        }
    }
    Ok(())
}

fn environment(out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(out, ".SH ENVIRONMENT")?;
    writeln!(out, "A flag counts more than a variable, a variable more than a context.")?;
    for (name, about) in crate::config::VARIABLES {
        writeln!(out, ".TP\n\\fB{name}\\fR\n{}", escaped(about))?;
    }
    Ok(())
}

fn exit_status(out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(out, ".SH \"EXIT STATUS\"")?;
    for (code, about) in Kind::EXIT_CODES {
        writeln!(out, ".TP\n\\fB{code}\\fR\n{}", escaped(about))?;
    }
    Ok(())
}

/// A line as roff takes it for text.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}
