//! Settings: flag, then environment, then context, then default; the only reader of the environment.

pub mod contexts;
mod environment;
mod found;
mod target;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::ValueEnum;

pub use environment::{Environment, completion_requested};
pub use target::{Access, Secret, Target, unknown_context};

use self::contexts::Contexts;
use crate::cli::GlobalArgs;
use crate::error::{Error, Kind, Result};
use crate::ui;

/// The variables that are settings, for the documentation.
pub const VARIABLES: [(&str, &str); 18] = [
    ("METACTL_ENDPOINT", "where the data is, as --endpoint"),
    ("METACTL_CONTEXT", "the context to use, as --context"),
    ("METACTL_AS", "who /self is, as --as"),
    ("METACTL_CLUSTER", "the default cluster, as --cluster"),
    ("METACTL_CLUSTER_ROOT", "the directory that holds the clusters, as --cluster-root"),
    ("METACTL_GROUP", "the group of the mapping, as --group"),
    ("METACTL_OUTPUT", "the form of the output, as -o, where a command has it"),
    ("METACTL_REQUEST_TIMEOUT", "the patience with an endpoint, as --request-timeout"),
    ("METACTL_COLOR", "when to colour, as --color; NO_COLOR and CLICOLOR_FORCE count as well"),
    ("METACTL_USER", "the user of the etcd, as --user"),
    ("METACTL_PASSWORD", "the password of that user, as --password"),
    ("METACTL_CA", "the certificates to trust, as --ca"),
    ("METACTL_CERT", "the certificate to show, as --cert"),
    ("METACTL_KEY", "the key of that certificate, as --key"),
    ("METACTL_MANAGE_URL", "the management API of a metadata service, as --manage-url"),
    ("METACTL_MANAGE_TOKEN_FILE", "the file with its token, as --manage-token-file"),
    (
        "METACTL_CONFD_FILE",
        "the confd.toml that tells a node's service; /etc/confd/confd.toml else",
    ),
    ("METACTL_ACTOR", "who is named in the log; user@host otherwise"),
];

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this call, as it is typed.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// A context of the configuration file.
    Context(String),
    /// The configuration file itself.
    File,
    /// A file of this machine that nobody has written for metactl.
    Machine(String),
    /// Nobody has said anything.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Flag(flag) => out.write_str(flag),
            Origin::Variable(name) => out.write_str(name),
            Origin::Context(name) => write!(out, "context {name}"),
            Origin::File => out.write_str("configuration file"),
            Origin::Machine(file) => out.write_str(file),
            Origin::Default => out.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// The same origin with what `parse` makes of the value; its error says
    /// which setting it was about.
    fn try_map<U>(self, parse: impl FnOnce(T) -> Result<U>) -> Result<Setting<U>> {
        match parse(self.value) {
            Ok(value) => Ok(Setting { value, origin: self.origin }),
            Err(error) => {
                let from = match &self.origin {
                    // A flag was just typed: everybody knows where it comes from.
                    Origin::Flag(_) | Origin::Default => return Err(usage(error)),
                    other => other.to_string(),
                };
                Err(usage(error).because(format!("it is what {from} says")))
            }
        }
    }
}

/// A setting that cannot be read is a matter of usage.
fn usage(error: Error) -> Error {
    let mut out = Error::new(Kind::Usage, error.message());
    for hint in error.hints() {
        out = out.hint(hint);
    }
    out
}

/// What flags, environment and configuration file say.
pub struct Settings {
    global: GlobalArgs,
    environment: Environment,
    target: OnceLock<Target>,
}

impl Settings {
    /// Settings of a call with these flags. Nothing is read before it is asked for.
    pub fn new(global: GlobalArgs, environment: Environment) -> Settings {
        Settings { global, environment, target: OnceLock::new() }
    }

    /// The flags of this call.
    pub fn global(&self) -> &GlobalArgs {
        &self.global
    }

    /// Which store, as whom, and how to reach it. `Usage` when a setting is malformed.
    pub fn target(&self) -> Result<&Target> {
        if let Some(target) = self.target.get() {
            return Ok(target);
        }
        let target = target::settle(self)?;
        Ok(self.target.get_or_init(|| target))
    }

    /// The default cluster that was chosen by flag, variable or context.
    pub fn cluster(&self) -> Result<Option<&str>> {
        Ok(self.target()?.cluster.as_ref().map(|setting| setting.value.as_str()))
    }

    /// Who is to be named in the notes of commits: `METACTL_ACTOR`, else `user@host`.
    pub fn actor(&self) -> String {
        self.environment.actor()
    }

    /// The file that holds the contexts; it need not exist.
    pub fn file(&self) -> Result<PathBuf> {
        self.environment.config_home().map(|dir| dir.join("metactl/config.toml")).ok_or_else(|| {
            Error::new(Kind::Usage, "there is no place for a configuration file")
                .hint("Set `HOME` or `XDG_CONFIG_HOME`")
        })
    }

    /// The context that was chosen by flag or variable, else the one of the file.
    pub fn chosen_context(&self, contexts: &Contexts) -> Option<String> {
        let named = || self.environment.get("METACTL_CONTEXT");
        let current = || contexts.current().map(str::to_owned);
        self.global.context.clone().or_else(named).or_else(current)
    }

    /// The variables that choose the endpoint whatever the current context is.
    pub fn overruling_contexts(&self) -> Vec<&'static str> {
        let set = |name: &&str| self.environment.get(name).is_some();
        ["METACTL_ENDPOINT", "METACTL_CONTEXT"].into_iter().filter(set).collect()
    }

    /// The same environment with other flags.
    pub fn with(&self, global: GlobalArgs) -> Settings {
        Settings::new(global, self.environment.clone())
    }

    /// The home directory of the user.
    pub fn home(&self) -> Option<PathBuf> {
        self.environment.home()
    }

    /// Where a file is kept that a command writes for itself, such as a log.
    pub fn state_file(&self, name: &str) -> PathBuf {
        let dir = self.environment.state_home();
        dir.unwrap_or_else(|| Path::new("/var/lib").to_owned()).join("metactl").join(name)
    }

    /// The variables by which a child that is `metactl` too finds the same store:
    /// what was typed here, as the rest is in its environment anyway.
    pub fn for_children(&self) -> Vec<(String, String)> {
        let GlobalArgs { endpoint, context, cluster_root, group, .. } = &self.global;
        let GlobalArgs { manage_url, manage_token_file, .. } = &self.global;
        let typed = [
            ("METACTL_ENDPOINT", endpoint),
            ("METACTL_CONTEXT", context),
            ("METACTL_CLUSTER_ROOT", cluster_root),
            ("METACTL_GROUP", group),
            ("METACTL_MANAGE_URL", manage_url),
            ("METACTL_MANAGE_TOKEN_FILE", manage_token_file),
        ];
        let set = typed.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        set.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// How to speak at the terminal. `Usage` when a variable is malformed.
    pub fn ui_options(&self) -> Result<ui::Options> {
        let output = match self.global.output {
            Some(format) => Some((format, true)),
            None => self.variable_choice("METACTL_OUTPUT")?.map(|format| (format, false)),
        };
        let color = match self.global.color {
            Some(color) => color,
            None => self.variable_choice("METACTL_COLOR")?.unwrap_or_default(),
        };
        Ok(self.environment.ui_options(color, output, &self.global))
    }

    /// One of the words of a closed set, from a variable.
    fn variable_choice<T: ValueEnum>(&self, name: &'static str) -> Result<Option<T>> {
        let Some(text) = self.environment.get(name) else { return Ok(None) };
        T::from_str(&text, false).map(Some).map_err(|_| {
            let words: Vec<_> = T::value_variants()
                .iter()
                .filter_map(|variant| Some(variant.to_possible_value()?.get_name().to_owned()))
                .collect();
            Error::new(
                Kind::Usage,
                format!("variable `{name}` is `{text}`; accepted are {}", words.join(", ")),
            )
        })
    }

    /// The file of the embedded store when nothing else is set.
    fn default_database(&self) -> PathBuf {
        let dir = self.environment.data_home();
        dir.unwrap_or_else(|| Path::new("/var/lib").to_owned()).join("metactl/metadata.db")
    }
}
