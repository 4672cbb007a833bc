//! `metactl serve`

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::commands::args;
use crate::config::Target;
use crate::error::Result;
use crate::serve::access_log::{Form, Place};
use crate::serve::address::Address;
use crate::serve::caller::Trust;
use crate::serve::clients::Limits;
use crate::serve::options::Options;
use crate::serve::run::{self, Told};
use crate::serve::tls::Files;
use crate::session::Session;

/// Serve the metadata to nodes by HTTP
///
/// It answers curl, confd and Google's clients, from the tree of the endpoint in
/// force, which it keeps in memory and follows. Who asks is told by the address of
/// the connection: its mapping is /self, its access rules say what else it sees.
///
/// The management API changes the tree, the mapping and the rules; who reaches it
/// may do everything, so it listens on this machine alone unless there is a token.
/// It has /health, /livez, /readyz and /metrics (Prometheus) as well.
///
/// While the store is away, the last state is served. SIGTERM and Ctrl-C let open
/// requests end, and answer those that wait.
///
/// Sockets of systemd take the place of --listen, those called gce and manage the
/// place of --gce and --manage. examples/ in the source has units and a Dockerfile.
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

    /// Let nodes write what is theirs below /self/_agent: results of their commands,
    /// leases of their agents; metactl agent needs no more than this
    #[arg(long)]
    node_writes: bool,

    /// Let nodes also write their own custom metadata, /self/host/attributes/KEY
    #[arg(long, requires = "node_writes")]
    node_attributes: bool,

    /// Let nodes write their own guest attributes
    #[arg(long)]
    guest_attributes: bool,

    /// Answer for the tokens of service accounts with this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    service_account_token_file: Option<PathBuf>,

    /// Ask for the token in this file on the management API, as Authorization:
    /// Bearer TOKEN; only then it may be beyond this machine
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    // The flag that all commands have for an endpoint's API, and of its type: here
    // it is about the API that is served.
    manage_token_file: Option<String>,

    /// Believe proxies of this network about who asks (X-Forwarded-For); may be
    /// given several times
    #[arg(long, value_name = "CIDR", value_parser = args::network)]
    trust_proxy: Vec<IpNet>,

    /// Connections of those proxies begin with a header of the PROXY protocol
    #[arg(long, requires = "trust_proxy")]
    proxy_protocol: bool,

    /// Give up a client that takes longer than this for a request, for its next
    /// one, or to take its answer
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = args::duration)]
    client_timeout: Duration,

    /// Connections that one address may have open; 0 is any number
    #[arg(long, value_name = "N", default_value_t = 4096)]
    client_connections: u32,

    /// Requests that one address may have open, those that wait among them; 0 is
    /// any number
    #[arg(long, value_name = "N", default_value_t = 2048)]
    client_polls: u32,

    /// Requests in a second that one address may send; 0 is any number
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    client_rate: u32,

    /// Serve the metadata by TLS with this certificate (PEM), and the management
    /// API too where it is beyond this machine; read again when it changes
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        value_hint = clap::ValueHint::FilePath
    )]
    tls_cert: Option<PathBuf>,

    /// Private key of that certificate (PEM)
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        value_hint = clap::ValueHint::FilePath
    )]
    tls_key: Option<PathBuf>,

    /// Write a line for each request to this file, or with - to standard output
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    access_log: Option<PathBuf>,

    /// How such a line looks
    #[arg(long, value_name = "FORM", value_enum, default_value = "text", requires = "access_log")]
    access_log_format: LogForm,

    /// Answer nodes on this many threads, rather than on one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,

    /// How long open requests may take to end when the service is to end
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = args::duration)]
    drain_timeout: Duration,
}

/// How a line of the access log looks.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LogForm {
    Text,
    Json,
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
            manage_token_file: self.manage_token_file.map(PathBuf::from),
            trust: Trust::new(self.trust_proxy),
            proxy_protocol: self.proxy_protocol,
            client_timeout: self.client_timeout,
            limits: Limits {
                polls: self.client_polls,
                rate: self.client_rate,
                connections: self.client_connections,
            },
            tls: self.tls_cert.zip(self.tls_key).map(|(cert, key)| Files { cert, key }),
            access_log: self.access_log.map(|path| {
                let place =
                    if path.as_os_str() == "-" { Place::StandardOutput } else { Place::File(path) };
                let form = match self.access_log_format {
                    LogForm::Text => Form::Text,
                    LogForm::Json => Form::Json,
                };
                (place, form)
            }),
            threads: self.threads.and_then(|count| NonZeroUsize::new(count.into())),
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
        Told::Reading => {
            let meanwhile = "requests are answered with 503 until it was read";
            session.ui.status(format_args!("reading {place}: {meanwhile}"));
        }
        Told::Ready(revision) => {
            session.ui.status(format_args!("serving {place} at revision {revision}"));
        }
        Told::Away(why) => {
            session.ui.warn(format_args!("the store does not answer, it is waited for: {why}"));
        }
        Told::Back(revision) => {
            session.ui.status(format_args!("the store answers again, at revision {revision}"));
        }
        Told::Certificate(Ok(())) => session.ui.status("the certificate was read again"),
        Told::Certificate(Err(error)) => {
            let causes = error.causes().join(", ");
            session.ui.warn(format_args!("the certificate stays as it was: {error}: {causes}"));
        }
        Told::Unkept(error) => {
            session.ui.warn(format_args!("the state file was not written: {error}"));
        }
        Told::Draining => session.ui.status("ending: open requests are answered"),
    };
    run::run(store, options, session.settings.actor(), &tell, session.interrupted()).await
}
