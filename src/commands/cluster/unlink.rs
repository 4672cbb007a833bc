//! `metactl cluster unlink`

use crate::commands::complete;
use crate::error::Result;
use crate::model::ids;
use crate::ops::cluster::link::{self, Change};
use crate::session::Session;
use crate::ui::Format;

/// Take links of a cluster away
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cluster unlink cl-queue coordinator_service

What the app requires to be linked stays; link it to another cluster instead.")]
pub struct UnlinkArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    /// Services
    #[arg(required = true, value_name = "SERVICE", add = complete::services())]
    services: Vec<String>,
}

pub async fn run(args: UnlinkArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let UnlinkArgs { id, services } = args;
    ids::check_cluster(&id)?;
    let note = session.note(format!("cluster unlink {id} {}", services.join(" ")));
    let view = session.view().await?;
    let done = link::change(&view, &id, &Change::Unlink(services), note).await?;
    let (services, revision) = (done.changed.join(", "), done.revision);
    session.ui.status(format!("unlinked {services} of {id} at revision {revision}"));
    session.ui.show(&done, format)
}
