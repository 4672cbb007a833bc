//! `metactl scale finish`

use super::args::PhaseArgs;
use super::phases;
use crate::error::Result;
use crate::ops::default_cluster;
use crate::ops::operation::end;
use crate::session::Session;
use crate::ui::Format;

/// Complete the operation in flight on a cluster
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl scale finish
  metactl scale finish --cluster cl-abcd1234

Goes through the phases that are left, also when the process that began it is gone, or is
only slow: that one then fails with exit code 4. Works on every operation, those of
`metactl cluster` included.")]
pub struct FinishArgs {
    #[command(flatten)]
    phases: PhaseArgs,
}

pub async fn run(args: FinishArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&phases::FORMATS, Format::Table)?;
    let view = session.view().await?;
    let cluster = default_cluster::choose(&view, session.settings.cluster()?).await?;
    let note = session.note(format!("scale finish {cluster}"));
    let ended = phases::run(session, &cluster, args.phases.pace(), async |how| {
        end::finish(&view, &cluster, &how, note).await
    });
    session.ui.show(&ended.await?, format)
}
