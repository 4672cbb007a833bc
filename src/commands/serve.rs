//! `metactl serve`

use std::path::PathBuf;
use std::time::Duration;

use crate::commands::args;
use crate::config::Target;
use crate::error::Result;
use crate::serve::address::Address;
use crate::serve::options::Options;
use crate::serve::run::{self, Told};
use crate::session::Session;

/// Serve the metadata to nodes by HTTP
///
/// It answers curl, confd and Google's clients, from the tree of the endpoint in
/// force, which it keeps in memory and follows. Who asks is told by the address of
/// the connection: its mapping is /self, its access rules say what else it sees.
///
/// The management API changes the tree, the mapping and the rules; who reaches it
/// may do everything, so it listens on this machine alone.
///
/// SIGTERM and Ctrl-C let open requests end, and answer those that wait.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl serve --listen 127.0.0.1:8080
  metactl serve --endpoint etcd://db1,db2,db3 --state-file /var/lib/metactl/state
  metactl serve --gce 169.254.169.254:80 --only-self")]
pub struct ServeArgs {
    /// Serve the metadata on this address; may be given several times
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "0.0.0.0:80")]
    listen: Vec<Address>,

    /// Serve the management API on this address, or on unix:PATH
    #[arg(long, value_name = "ADDR[:PORT]", default_value = "127.0.0.1:9611")]
    manage: Vec<Address>,

    /// Serve Google's protocol alone on this address; on the metadata address it
    /// is under /computeMetadata/ anyway
    #[arg(long, value_name = "ADDR[:PORT]")]
    gce: Vec<Address>,

    /// Show nobody anything but its own /self
    #[arg(long)]
    only_self: bool,

    /// Answer a request that waits after this long, although nothing has changed
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = args::duration)]
    poll_limit: Duration,

    /// Collect further changes for this long after one
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = args::duration)]
    quiet_window: Duration,

    /// Keep the last known state in this file, and serve it after a start while
    /// the store is away
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    state_file: Option<PathBuf>,

    /// Let nodes write what is theirs: results of their commands, their leases
    #[arg(long)]
    node_writes: bool,

    /// Let nodes also write their own custom metadata
    #[arg(long, requires = "node_writes")]
    node_attributes: bool,

    /// Let nodes write their own guest attributes
    #[arg(long)]
    guest_attributes: bool,

    /// Answer for the tokens of service accounts with this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    service_account_token_file: Option<PathBuf>,

    /// How long open requests may take to end when the service is to end
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = args::duration)]
    drain_timeout: Duration,
}

impl ServeArgs {
    fn options(self, target: &Target) -> Options {
        Options {
            listen: self.listen,
            manage: self.manage,
            gce: self.gce,
            group: target.group.value.clone(),
            cluster_root: target.cluster_root.value.clone(),
            only_self: self.only_self,
            poll_limit: self.poll_limit,
            quiet_window: self.quiet_window,
            state_file: self.state_file,
            node_writes: self.node_writes,
            node_attributes: self.node_attributes,
            guest_attributes: self.guest_attributes,
            service_account_token_file: self.service_account_token_file,
            drain_timeout: self.drain_timeout,
        }
    }
}

pub async fn run(args: ServeArgs, session: &Session) -> Result<()> {
    let options = args.options(session.settings.target()?);
    let store = session.store_for_many().await?;
    let place = store.place();
    let tell = |told: Told<'_>| match told {
        Told::Listening { what, place } => session.ui.status(format_args!("{what} on {place}")),
        Told::Ready(revision) => {
            session.ui.status(format_args!("serving {place} at revision {revision}"));
        }
        Told::Draining => session.ui.status("ending: open requests are answered"),
    };
    run::run(store, options, session.settings.actor(), &tell, session.interrupted()).await
}
