//! `metactl cmd service`

use std::collections::BTreeMap;

use super::send::tell_sent;
use super::waiting;
use crate::commands::complete;
use crate::error::{Error, Result};
use crate::ops::command::run::{self, Run};
use crate::ops::command::service::{self, Wanted};
use crate::ops::default_cluster;
use crate::session::Session;

/// Run a service of the cluster's app on its nodes
///
/// The services are those that the app has with "type": "custom". Its command
/// gets what was given by --param, and the app's defaults for the rest, as one
/// JSON argument. It runs on the nodes of all roles that have it, in the app's
/// order and limits (order, nodes_to_execute_on, timeout).
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cmd service compact --param topic=orders --wait
  metactl cmd service backup --cluster cl-abcd1234 --role db --wait --parallel 1")]
pub struct ServiceArgs {
    /// Name of the service
    #[arg(value_name = "NAME")]
    name: String,

    /// Only on the nodes of this role and its replicas; may be given several times
    #[arg(long = "role", value_name = "ROLE", add = complete::roles())]
    roles: Vec<String>,

    /// A parameter of the service; may be given several times
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,

    /// Take slots whose commands have not ended; what is pending there is cancelled
    #[arg(long)]
    replace: bool,

    /// Use this id, cmd-…; sent again with the same command it is taken up
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    #[command(flatten)]
    waiting: waiting::WaitArgs,
}

pub async fn run(args: ServiceArgs, session: &Session) -> Result<()> {
    let format = waiting::format(session, args.waiting.wait)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let params: BTreeMap<String, String> = args.params.into_iter().collect();
    let wanted = Wanted { name: args.name.clone(), roles: args.roles, params };
    let steps = service::steps(&view, &cluster, &wanted).await?;
    let order = args.waiting.apply(Run {
        id: args.id,
        service: Some(args.name),
        replace: args.replace,
        slot_patience: session.settings.target()?.request_timeout.value,
        ..Run::new(cluster, steps)
    });
    let note = session.note("cmd service");
    if args.waiting.wait {
        return waiting::wait(session, &view, &order, note, format).await;
    }
    let sent = run::send(&view, &order, note).await?;
    tell_sent(session, &sent);
    session.ui.show(&sent, format)
}

/// Reads `KEY=VALUE`.
fn pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::invalid(format!("`{text}` is no KEY=VALUE, such as `topic=orders`"))),
    }
}
