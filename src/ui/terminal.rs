//! `Ui`: the one owner of standard output and standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

use super::env;
use super::format::{Format, Report};
use super::out::{Out, written};
use super::progress::Progress;
use super::rows::Rows;
use super::styles::Styles;
use crate::error::{Error, Kind, Result};
use crate::model::yaml;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What decides how the `Ui` speaks.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Colour everywhere or nowhere; none: on terminals.
    pub color: Option<bool>,
    pub quiet: bool,
    /// Nothing at all on standard error.
    pub silent: bool,
    pub verbose: u8,
    /// `-o`, and whether it was demanded by flag (else it is a preference).
    pub output: Option<(Format, bool)>,
    pub yes: bool,
    /// `COLUMNS`, for where the terminal does not tell.
    pub columns: Option<usize>,
}

/// The terminal, or what stands in its place.
pub struct Ui {
    options: Options,
    out_terminal: bool,
    err_terminal: bool,
    out_styles: Styles,
    err_styles: Styles,
}

impl Ui {
    /// Looks at the streams once.
    pub fn new(options: Options) -> Ui {
        let out_terminal = io::stdout().is_terminal();
        let err_terminal = io::stderr().is_terminal();
        let styles = |coloured: bool| if coloured { Styles::coloured() } else { Styles::plain() };
        Ui {
            out_styles: styles(options.color.unwrap_or(out_terminal)),
            err_styles: styles(options.color.unwrap_or(err_terminal)),
            out_terminal,
            err_terminal,
            options,
        }
    }

    /// The form to print in: `-o` if the command has it, else `on_terminal`
    /// there and text in a pipe. Called before anything is done.
    pub fn choose(&self, allowed: &[Format], on_terminal: Format) -> Result<Format> {
        self.choose_or(allowed, if self.out_terminal { on_terminal } else { Format::Text })
    }

    /// The form to print in: `-o` if the command has it, else `default` wherever
    /// the output goes.
    pub fn choose_or(&self, allowed: &[Format], default: Format) -> Result<Format> {
        match self.options.output {
            Some((format, _)) if allowed.contains(&format) => Ok(format),
            Some((format, true)) => {
                let names: Vec<_> = allowed.iter().map(|format| format.name()).collect();
                Err(Error::new(
                    Kind::Usage,
                    format!("output format `{}` is not one of this command", format.name()),
                )
                .hint(format!("Choose one of `-o {}`", names.join("|"))))
            }
            _ => Ok(default),
        }
    }

    /// Prints `report` in `format`, as [`Ui::choose`] has settled it.
    pub fn show(&self, report: &impl Report, format: Format) -> Result<()> {
        let mut out = self.out();
        match format {
            Format::Json => {
                written(serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from))?;
                out.bytes(b"\n")?;
            }
            Format::Yaml => {
                let value = serde_json::to_value(report)
                    .map_err(|error| Error::new(Kind::Failed, "printing as YAML").because(error))?;
                written(yaml::write(&mut out, &value))?;
            }
            Format::Table => {
                let mut tables = report.sections(&self.out_styles);
                if tables.is_empty() {
                    written(report.text(&mut out))?;
                }
                for (index, table) in tables.iter_mut().enumerate() {
                    if index > 0 {
                        out.line("")?;
                    }
                    out.line(table.render(self.width(), self.out_is_coloured()))?;
                }
            }
            Format::Tree => match report.tree(&self.out_styles) {
                Some(tree) => written(tree.write(&mut out))?,
                None => written(report.text(&mut out))?,
            },
            Format::Env => {
                for line in env::lines(report.env().unwrap_or_default())? {
                    out.line(line)?;
                }
            }
            Format::Value => written(report.value(&mut out))?,
            Format::Text => written(report.text(&mut out))?,
        }
        out.finish()
    }

    /// Standard output, for what is printed piece by piece.
    pub fn out(&self) -> Out {
        Out::new()
    }

    /// What is going on; silenced by `-q`.
    pub fn status(&self, text: impl Display) {
        if !self.options.quiet {
            self.say(format_args!("{text}"));
        }
    }

    /// What is going on in detail, shown from `level` many `-v` on.
    pub fn detail(&self, level: u8, text: impl Display) {
        if self.options.verbose >= level {
            self.say(Styles::paint(self.err_styles.muted, text));
        }
    }

    /// Something that the reader should look at.
    pub fn warn(&self, text: impl Display) {
        self.say(format_args!("{}: {text}", Styles::paint(self.err_styles.warn, "warning")));
    }

    /// What the reader may type next; silenced by `-q`.
    pub fn hint(&self, text: impl Display) {
        if !self.options.quiet {
            self.say(format_args!("{}: {text}", Styles::paint(self.err_styles.name, "hint")));
        }
    }

    /// A failure, its causes one a line, its hints.
    pub fn error(&self, error: &Error) {
        self.say(format_args!("{}: {error}", Styles::paint(self.err_styles.bad, "error")));
        for cause in error.causes() {
            self.say(format_args!("  cause: {cause}"));
        }
        for hint in error.hints() {
            self.hint(hint);
        }
    }

    /// A bar for `total` steps; drawn only on a terminal, never for JSON.
    pub fn progress(&self, label: &str, total: u64) -> Progress {
        let json = matches!(self.options.output, Some((Format::Json, _)));
        Progress::new(label, total, self.err_terminal && !self.options.quiet && !json)
    }

    /// Live rows for what is waited for; shown where progress is.
    pub fn rows(&self) -> Rows {
        let json = matches!(self.options.output, Some((Format::Json, _)));
        Rows::new(self.err_terminal && !self.options.quiet && !json)
    }

    /// The styles of standard output.
    pub fn styles(&self) -> &Styles {
        &self.out_styles
    }

    /// Whether standard output is a terminal.
    pub fn out_is_terminal(&self) -> bool {
        self.out_terminal
    }

    /// Whether standard input is a terminal.
    pub fn in_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Columns of the terminal; 80 where there is none.
    pub fn width(&self) -> usize {
        let of_terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        self.options.columns.or_else(of_terminal).unwrap_or(80)
    }

    pub(super) fn yes(&self) -> bool {
        self.options.yes
    }

    pub(super) fn can_ask(&self) -> bool {
        self.err_terminal && io::stdin().is_terminal()
    }

    fn out_is_coloured(&self) -> bool {
        self.options.color.unwrap_or(self.out_terminal)
    }

    /// A line on standard error; nobody is left to tell when that fails.
    pub(super) fn say(&self, line: impl Display) {
        if !self.options.silent {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}
