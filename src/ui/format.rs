//! The forms in which a command can print what it found.

use std::io;

use clap::ValueEnum;

use super::styles::Styles;
use super::table::Table;
use super::tree::Tree;

/// A form of output, chosen by `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Plain lines for scripts, columns separated by tabs
    Text,
    /// JSON, two spaces deep
    Json,
    /// YAML
    Yaml,
    /// A table with headings
    Table,
    /// An indented tree
    Tree,
    /// KEY='value' lines a shell can eval
    Env,
    /// Values alone, one a line
    Value,
}

impl Format {
    /// The word that `-o` takes.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Yaml => "yaml",
            Format::Table => "table",
            Format::Tree => "tree",
            Format::Env => "env",
            Format::Value => "value",
        }
    }
}

/// What a command found or did, in every form it can be shown in. JSON and YAML
/// come from `Serialize`.
pub trait Report: serde::Serialize {
    /// The form for pipes: plain, stable, tab-separated, without a heading.
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()>;

    /// The form for terminals; none when the text reads as well.
    fn table(&self, styles: &Styles) -> Option<Table> {
        let _ = styles;
        None
    }

    /// The form for terminals of what needs several tables, one under the other.
    fn sections(&self, styles: &Styles) -> Vec<Table> {
        self.table(styles).into_iter().collect()
    }

    /// The tree of `-o tree`; none when the command has no such form.
    fn tree(&self, styles: &Styles) -> Option<Tree> {
        let _ = styles;
        None
    }

    /// The relative paths and values of `-o env`; none when it has no such form.
    fn env(&self) -> Option<Vec<(&str, &str)>> {
        None
    }

    /// The form of `-o value`: values alone, one a line.
    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.text(out)
    }
}
