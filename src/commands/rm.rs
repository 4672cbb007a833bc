//! `metactl rm`

use std::io;

use crate::commands::complete;
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::remove::{self, Plan, Removed};
use crate::session::Session;
use crate::store::{Revision, Store};
use crate::ui::{Format, Report};

/// Delete keys, or directories with everything below
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl rm /cl-abcd1234/env/port
  metactl rm -r /cl-abcd1234/env /cl-abcd1234/cluster/endpoints
  metactl rm /leader --if-rev 42",
    after_long_help = "Several paths are deleted in one commit: all of them or none."
)]
pub struct RmArgs {
    /// Keys to delete; may go through /self
    #[arg(value_name = "PATH", required = true, add = complete::paths())]
    paths: Vec<String>,

    /// Delete directories with everything below; asks first
    #[arg(short, long)]
    recursive: bool,

    /// Only if that revision changed the key last
    #[arg(long, value_name = "REVISION")]
    if_rev: Option<Revision>,
}

pub async fn run(args: RmArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let paths = args.paths.iter().map(|path| Path::parse(path)).collect::<Result<Vec<_>>>()?;
    let view = session.view().await?;
    let plan = remove::plan(&view, &paths, args.recursive, args.if_rev).await?;
    if plan.directories().next().is_some() {
        warn_of_clusters(session, &plan);
        session.ui.confirm(&question(&plan, view.store()))?;
    }
    let note = session.note(format!("rm {}", args.paths.join(" ")));
    let done = remove::remove(&view, plan, note).await?;
    session.ui.status(format!("removed {} at revision {}", remove::keys(done.keys), done.revision));
    session.ui.show(&done, format)
}

/// What is going to be deleted, how many and where.
fn question(plan: &Plan, store: &dyn Store) -> String {
    let paths = plan.targets.iter().map(|target| format!("`{}`", target.path)).collect::<Vec<_>>();
    let (paths, keys) = (paths.join(", "), remove::keys(plan.keys()));
    format!("delete {paths} with {keys} in {}", store.place())
}

/// A cluster is more than its directory.
fn warn_of_clusters(session: &Session, plan: &Plan) {
    for target in plan.directories() {
        if let Some(id) = target.path.name().filter(|name| name.starts_with("cl-")) {
            session.ui.warn(format!(
                "the mapping and the records of cluster `{id}` stay; `metactl cluster delete {id}` \
                 deletes them too"
            ));
        }
    }
}

impl Report for Removed {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
