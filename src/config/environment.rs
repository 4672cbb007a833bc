//! The variables of the environment, read in this file alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::GlobalArgs;
use crate::ui::{Color, Format, Options};

/// The value of the variable of that name.
type LookUp = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Looks variables up; tests put their own in its place.
#[derive(Clone)]
pub struct Environment(Arc<LookUp>);

impl Environment {
    /// The environment of this process.
    #[allow(clippy::disallowed_methods)] // The one place that may.
    pub fn process() -> Environment {
        Environment(Arc::new(|name| std::env::var_os(name)))
    }

    /// An environment of these variables alone.
    pub fn of<const N: usize>(variables: [(&'static str, &'static str); N]) -> Environment {
        Environment(Arc::new(move |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        }))
    }

    /// The text of a variable; an empty one counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.os(name).and_then(|text| text.into_string().ok())
    }

    fn os(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn directory(&self, name: &str) -> Option<PathBuf> {
        // The XDG rules: relative paths are to be ignored.
        self.os(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    pub(super) fn home(&self) -> Option<PathBuf> {
        self.directory("HOME")
    }

    pub(super) fn config_home(&self) -> Option<PathBuf> {
        self.directory("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    pub(super) fn data_home(&self) -> Option<PathBuf> {
        self.directory("XDG_DATA_HOME").or_else(|| Some(self.home()?.join(".local/share")))
    }

    pub(super) fn state_home(&self) -> Option<PathBuf> {
        self.directory("XDG_STATE_HOME").or_else(|| Some(self.home()?.join(".local/state")))
    }

    pub(super) fn actor(&self) -> String {
        if let Some(actor) = self.get("METACTL_ACTOR") {
            return actor;
        }
        let user = self.get("USER").or_else(|| self.get("LOGNAME")).unwrap_or_else(|| {
            match rustix::process::geteuid() {
                root if root.is_root() => "root".to_owned(),
                other => format!("uid-{}", other.as_raw()),
            }
        });
        format!("{user}@{}", rustix::system::uname().nodename().to_string_lossy())
    }

    pub(super) fn ui_options(
        &self,
        color: Color,
        output: Option<(Format, bool)>,
        global: &GlobalArgs,
    ) -> Options {
        let dumb = self.get("TERM").is_some_and(|term| term == "dumb");
        let color = match color {
            Color::Always => Some(true),
            Color::Never => Some(false),
            Color::Auto if self.get("NO_COLOR").is_some() => Some(false),
            Color::Auto if self.get("CLICOLOR_FORCE").is_some_and(|on| on != "0") => Some(true),
            Color::Auto if dumb => Some(false),
            Color::Auto => None,
        };
        Options {
            color,
            quiet: global.quiet,
            silent: false,
            verbose: global.verbose,
            output,
            yes: global.yes,
            columns: self.get("COLUMNS").and_then(|columns| columns.parse().ok()),
        }
    }
}

/// Whether a shell asks for completions of a command line: only then is the
/// engine for it started.
#[allow(clippy::disallowed_methods)] // The one place that may.
pub fn completion_requested() -> bool {
    std::env::var_os("COMPLETE").is_some()
}
