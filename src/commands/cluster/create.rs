//! `metactl cluster create`

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::life;
use crate::commands::scale::args::CommandArgs;
use crate::commands::{complete, input};
use crate::error::{Error, Kind, Result};
use crate::model::app::package::{self as app, Wishes};
use crate::model::cidr::Cidr;
use crate::model::operation::Work;
use crate::ops::cluster::create::{self, Created, Key, Node};
use crate::ops::cluster::request::{self, Request};
use crate::ops::{package, project};
use crate::session::Session;
use crate::ui::{Format, Report, Ui};

/// Make a cluster from an app package, or from roles
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
#[command(before_long_help = "Examples:
  metactl cluster create --app examples/queue
  metactl cluster create --app kafka.tar.gz --set cluster.broker.count=5 --link zk_service=cl-abcd1234
  metactl cluster create --app kafka.zip --values values.yaml --cidr 10.1.0.0/24
  metactl cluster create --role master=3,cpu=2,memory=4096,replica=1 --role proxy=2
  id=$(metactl cluster create --role =3)

A package is a directory, or a .zip, .tar.gz, .tgz or .tar of one, that holds config.json
and cluster.json.mustache. What it asks for is set by defaults, then --values, then --set.
Everything is written in one commit; after any error nothing is. Prints the cluster's id.
On the embedded store the first cluster's first node becomes /self. With --run-commands the
nodes' agents then run custom_metadata, init and start; when one fails the cluster stays.")]
pub struct CreateArgs {
    /// App package: a directory or an archive
    #[arg(long, value_name = "DIR|FILE", group = "source")]
    app: Option<PathBuf>,

    /// Nodes without a package: NAME=COUNT[,KEY=VALUE…], an empty NAME for a
    /// cluster without roles; may be repeated
    #[arg(
        long,
        group = "source",
        value_name = "NAME=COUNT[,…]",
        long_help = "Nodes without a package: NAME=COUNT[,KEY=VALUE…], an empty NAME for a cluster
without roles; may be repeated.

Keys: cpu (1), memory (1024 MiB), volume_size (10 GiB), gpu, instance_class, gpu_class and
volume_class (0), replica (0; replicas of each node, with the role NAME-replica),
server_id_upper_bound, passphraseless, reserved_ip=NAME (may be repeated)."
    )]
    role: Vec<String>,

    /// Id of the cluster; drawn without
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Set what the package lets a user set; may be repeated
    #[arg(long, value_name = "PROPERTY=VALUE", requires = "app")]
    set: Vec<String>,

    /// Set what this file holds: YAML, or JSON by its name
    #[arg(long, value_name = "FILE", requires = "app")]
    values: Option<PathBuf>,

    /// Link to a cluster that is there; may be repeated
    #[arg(long, value_name = "SERVICE=CLUSTER", add = complete::links())]
    link: Vec<String>,

    /// Addresses for the nodes, and only those [default: 192.168.100.0/24, widened when full]
    #[arg(long, value_name = "CIDR")]
    cidr: Option<String>,

    /// Zone the nodes are said to be in
    #[arg(long, value_name = "ZONE", default_value = request::ZONE)]
    zone: String,

    /// Network of the cluster [default: the package's, else vxnet-0]
    #[arg(long, value_name = "ID")]
    vxnet: Option<String>,

    /// Project of the cluster
    #[arg(long, value_name = "ID", default_value = project::DEFAULT)]
    project: String,

    /// Set a key below cluster/, such as user_id or api_server/host; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set_cluster: Vec<String>,

    /// Set a key of every host, such as eip or attributes/tags; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set_host: Vec<String>,

    /// Keep the private keys of passphraseless roles in this directory
    #[arg(long, value_name = "DIR")]
    key_dir: Option<PathBuf>,

    /// Draw the same ids and keys at every run: for rehearsals and documents
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    #[command(flatten)]
    commands: CommandArgs,
}

pub async fn run(args: CreateArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let key_dir = args.key_dir.clone();
    let commands = args.commands.clone();
    if commands.run_commands && args.app.is_none() {
        let why = "`--run-commands` runs the commands of an app, and there is no `--app`";
        return Err(Error::new(Kind::Usage, why));
    }
    let mut request = args.request()?;
    let described = request.check()?;
    let view = session.view().await?;
    let note = session.note("cluster create");
    let bar = OnceLock::new();
    let done = |more, all| {
        bar.get_or_init(|| session.ui.progress("creating the cluster", all)).inc(more);
    };
    let created =
        create::create(&view, &request, &described, key_dir.as_deref(), note, &done).await?;
    drop(bar);
    tell(&created, &session.ui);
    session.ui.show(&created, format)?;
    if commands.run_commands {
        let (id, patience) = (&created.id, commands.patience);
        life::run(session, &view, id, Work::Create, false, patience).await?;
    }
    Ok(())
}

impl CreateArgs {
    /// What is asked for, with the package and the values read.
    fn request(self) -> Result<Request> {
        let pairs = |flag: &str, texts: &[String]| -> Result<Vec<(String, String)>> {
            texts.iter().map(|text| app::assignment(flag, text).map_err(usage)).collect()
        };
        let package = match &self.app {
            Some(path) => Some((package::short_name(path), package::read(path)?)),
            None => None,
        };
        let file = match &self.values {
            Some(path) => {
                let name = path.display().to_string();
                let text = input::file_text(&format!("values file `{name}`"), path)?;
                Some(request::parse_values(&name, text)?)
            }
            None => None,
        };
        let roles: Result<Vec<_>> =
            self.role.iter().map(|role| request::parse_role(role)).collect();
        Ok(Request {
            id: self.id,
            app: package,
            roles: roles?,
            wishes: Wishes {
                set: pairs("--set", &self.set)?,
                file,
                links: pairs("--link", &self.link)?,
                ..Wishes::default()
            },
            cidr: self.cidr.as_deref().map(Cidr::parse).transpose()?,
            zone: Some(self.zone),
            vxnet: self.vxnet,
            project: self.project,
            set_cluster: pairs("--set-cluster", &self.set_cluster)?,
            set_host: pairs("--set-host", &self.set_host)?,
            seed: self.seed,
        })
    }
}

fn usage(error: Error) -> Error {
    Error::new(Kind::Usage, error.message())
}

/// Says what was made, and what else the user should know.
fn tell(created: &Created, ui: &Ui) {
    let Created { id, nodes, revision, parts, .. } = created;
    let count = nodes.len();
    let word = if count == 1 { "node" } else { "nodes" };
    ui.status(format!("created cluster {id} with {count} {word} at revision {revision}"));
    if *parts > 1 {
        ui.warn(format!(
            "the store did not take {id} in one commit: it was written in {parts} parts"
        ));
    }
    if let Some(Node { ip, instance_id, .. }) = &created.own {
        ui.status(format!("/self is now {instance_id} at {ip}; --as chooses another node"));
    }
    for Key { role, private, .. } in &created.keys {
        let of = if role.is_empty() { String::new() } else { format!(" of `{role}`") };
        match private {
            Some(file) => ui.status(format!("the private key{of} is in {}", file.display())),
            None => ui.status(format!("the private key{of} was not kept; --key-dir keeps it")),
        }
    }
    if created.package_left_out {
        ui.warn("the package is too large to be kept: its parameters cannot be checked later");
    }
}

impl Report for Created {
    /// The id, for scripts to go on with.
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", self.id)
    }
}
