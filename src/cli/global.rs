//! Flags that every command takes.

use clap::Args;

use crate::commands::complete;
use crate::ui::{Color, Format};

/// Flags that every command takes. What is rarely typed is hidden in the help of
/// the commands, and shown by that of the program.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = super::groups::GLOBAL_HEADING)]
pub struct GlobalArgs {
    /// Where the data is: file:PATH, etcd(s)://HOST:PORT,…[/PREFIX], http(s)://HOST,… or gce
    #[arg(long, global = true, value_name = "ENDPOINT", conflicts_with = "context")]
    pub endpoint: Option<String>,

    /// Use the settings of this context
    #[arg(long, global = true, value_name = "NAME", add = complete::contexts())]
    pub context: Option<String>,

    /// Who /self is: an ip, instance id or node id
    #[arg(long = "as", global = true, value_name = "ID", add = complete::instances())]
    pub as_id: Option<String>,

    /// Default cluster; the only one when there is one
    #[arg(long, global = true, value_name = "ID", add = complete::clusters())]
    pub cluster: Option<String>,

    /// Form of the output: text, json, yaml, table, tree, env or value
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        hide_possible_values = true
    )]
    pub output: Option<Format>,

    /// Do not ask before something is destroyed
    #[arg(long, global = true, hide = true)]
    pub yes: bool,

    /// Say nothing but data, warnings and errors
    #[arg(short, long, global = true, hide = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more about what is going on; twice for even more
    #[arg(short, long, global = true, hide = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to colour: auto, always or never
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "WHEN",
        value_enum,
        hide_possible_values = true
    )]
    pub color: Option<Color>,

    /// Give up on an endpoint after this long, 10s if not given
    #[arg(long, global = true, hide = true, value_name = "DURATION")]
    pub request_timeout: Option<String>,

    /// Directory that holds the clusters
    #[arg(long, global = true, hide = true, value_name = "PATH")]
    pub cluster_root: Option<String>,

    /// Group of the mapping
    #[arg(long, global = true, hide = true, value_name = "NAME")]
    pub group: Option<String>,

    /// User of the etcd, also NAME:PASSWORD
    #[arg(long, global = true, hide = true, value_name = "NAME")]
    pub user: Option<String>,

    /// Password of that user; METACTL_PASSWORD is seen by fewer
    #[arg(long, global = true, hide = true, value_name = "PASSWORD")]
    pub password: Option<String>,

    /// Certificates of the authorities to trust (PEM file)
    #[arg(long, global = true, hide = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub ca: Option<String>,

    /// Certificate to show to the etcd (PEM file)
    #[arg(long, global = true, hide = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub cert: Option<String>,

    /// Private key of that certificate (PEM file)
    #[arg(long, global = true, hide = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub key: Option<String>,

    /// Management API of a metadata service: http://HOST:PORT, https://… or
    /// unix:PATH; port 9611 beside the metadata if not given
    #[arg(long, global = true, hide = true, value_name = "URL")]
    pub manage_url: Option<String>,

    /// File with the token that this API asks for
    #[arg(long, global = true, hide = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub manage_token_file: Option<String>,
}
