//! `metactl scale abort`

use super::phases::{self, Pace};
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::operation::end;
use crate::session::Session;
use crate::ui::Format;

/// Undo the operation in flight on a cluster
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl scale abort
  metactl scale abort --cluster cl-abcd1234

Takes back, in one commit, what the operation has written; what others have changed since
stays. Works on every operation, those of `metactl cluster` included. Nodes that are gone
already do not come back: a scale-in cannot be aborted after its last phase.")]
pub struct AbortArgs {}

pub async fn run(_: AbortArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&phases::FORMATS, Format::Table)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let note = session.note(format!("scale abort {cluster}"));
    let ended = phases::run(session, &cluster, Pace::default(), async |_| {
        end::abort(&view, &cluster, note).await
    });
    session.ui.show(&ended.await?, format)
}
