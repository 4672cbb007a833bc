//! The words of the command line: global flags and the commands, one help line each.

mod alone;
mod global;
mod groups;
pub mod pages;

use clap::{Parser, Subcommand};

pub use global::GlobalArgs;
pub use groups::{command, command_for};

use crate::commands;
use crate::error::Result;
use crate::session::Session;

/// Read, change, watch and simulate the metadata of VM clusters
///
/// The metadata is a tree of paths to text values. It is kept in one file on this
/// machine, or in an etcd; `metactl context show` says which one is in force.
#[derive(Debug, Parser)]
#[command(
    before_long_help = "Examples:
  metactl get /self/host/ip
  metactl tree cl-abcdefgh
  metactl put /cl-abcdefgh/env/port 2181
  metactl watch /self/hosts
  metactl context set prod --endpoint etcd://db1,db2,db3",
    name = "metactl",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub enum Command {
    Get(commands::get::GetArgs),
    Ls(commands::ls::LsArgs),
    Tree(commands::tree::TreeArgs),
    Dump(commands::dump::DumpArgs),
    Put(commands::put::PutArgs),
    Rm(commands::rm::RmArgs),
    Import(commands::import::ImportArgs),
    Export(commands::export::ExportArgs),
    AddMetadata(commands::add_metadata::AddMetadataArgs),
    RemoveMetadata(commands::remove_metadata::RemoveMetadataArgs),
    #[command(subcommand)]
    Cluster(commands::cluster::ClusterCommand),
    #[command(subcommand)]
    Scale(commands::scale::ScaleCommand),
    #[command(subcommand)]
    Env(commands::env::EnvCommand),
    #[command(subcommand)]
    Instance(commands::instance::InstanceCommand),
    #[command(subcommand)]
    Project(commands::project::ProjectCommand),
    #[command(subcommand)]
    Cmd(commands::cmd::CmdCommand),
    Agent(commands::agent::AgentArgs),
    Watch(commands::watch::WatchArgs),
    Wait(commands::wait::WaitArgs),
    Exec(commands::exec::ExecArgs),
    Serve(commands::serve::ServeArgs),
    #[command(subcommand)]
    Mapping(commands::mapping::MappingCommand),
    #[command(subcommand)]
    Rule(commands::rule::RuleCommand),
    Completions(commands::completions::CompletionsArgs),
    Context(commands::context::ContextArgs),
    Doctor(commands::doctor::DoctorArgs),
    Man(commands::man::ManArgs),
    Status(commands::status::StatusArgs),
    Version(commands::version::VersionArgs),
}

impl Command {
    /// Whether one thread is not enough for it.
    pub fn has_many_threads(&self) -> bool {
        matches!(self, Command::Serve(_))
    }

    /// Does it.
    pub async fn run(self, session: &Session) -> Result<()> {
        match self {
            Command::Get(args) => commands::get::run(args, session).await,
            Command::Ls(args) => commands::ls::run(args, session).await,
            Command::Tree(args) => commands::tree::run(args, session).await,
            Command::Dump(args) => commands::dump::run(args, session).await,
            Command::Put(args) => commands::put::run(args, session).await,
            Command::Rm(args) => commands::rm::run(args, session).await,
            Command::Import(args) => commands::import::run(args, session).await,
            Command::Export(args) => commands::export::run(args, session).await,
            Command::AddMetadata(args) => commands::add_metadata::run(args, session).await,
            Command::RemoveMetadata(args) => commands::remove_metadata::run(args, session).await,
            Command::Cluster(command) => command.run(session).await,
            Command::Scale(command) => command.run(session).await,
            Command::Env(command) => command.run(session).await,
            Command::Instance(command) => command.run(session).await,
            Command::Project(command) => command.run(session).await,
            Command::Cmd(command) => command.run(session).await,
            Command::Agent(args) => commands::agent::run(args, session).await,
            Command::Watch(args) => commands::watch::run(args, session).await,
            Command::Wait(args) => commands::wait::run(args, session).await,
            Command::Exec(args) => commands::exec::run(args, session).await,
            Command::Serve(args) => commands::serve::run(args, session).await,
            Command::Mapping(command) => command.run(session).await,
            Command::Rule(command) => command.run(session).await,
            Command::Completions(args) => commands::completions::run(args, session).await,
            Command::Context(args) => commands::context::run(args, session).await,
            Command::Doctor(args) => commands::doctor::run(args, session).await,
            Command::Man(args) => commands::man::run(args, session).await,
            Command::Status(args) => commands::status::run(args, session).await,
            Command::Version(args) => commands::version::run(args, session).await,
        }
    }
}
