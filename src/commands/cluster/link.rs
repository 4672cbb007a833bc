//! `metactl cluster link`

use std::io;

use crate::commands::complete;
use crate::error::{Error, Kind, Result};
use crate::model::app::near;
use crate::model::app::package::assignment;
use crate::model::ids;
use crate::ops::cluster::link::{self, Change, Linked};
use crate::session::Session;
use crate::ui::{Format, Report};

/// Link a cluster to others that it depends on
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cluster link cl-queue coordinator_service=cl-coord
  metactl get /self/links/coordinator_service/cluster/endpoints/client/port --resolve

The nodes of the cluster see the other one under /self/links/SERVICE at once. A service that
is linked already comes to lead to the new cluster. While it is linked to, a cluster cannot
be deleted.")]
pub struct LinkArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,

    /// Services and the clusters to be linked to
    #[arg(required = true, value_name = "SERVICE=CLUSTER", add = complete::links())]
    links: Vec<String>,
}

pub async fn run(args: LinkArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let (id, links) = (&args.id, args.links()?);
    ids::check_cluster(id)?;
    links.iter().try_for_each(|(_, cluster)| ids::check_cluster(cluster))?;
    let note = session.note(format!("cluster link {id} {}", args.links.join(" ")));
    let view = session.view().await?;
    let done = link::change(&view, id, &Change::Link(links), note).await?;
    for (service, cluster, app, wanted) in &done.unexpected {
        let wanted = near::listed(wanted.iter().map(String::as_str));
        session.ui.warn(format!(
            "{cluster} is of app `{app}`; for `{service}` the package asks for {wanted}"
        ));
    }
    session.ui.status(match done.changed.as_slice() {
        [] => format!("{id} is linked so already"),
        changed => {
            let links = changed.iter().filter_map(|service| done.links.get_key_value(service));
            let links: Vec<_> = links.map(|(name, id)| format!("{name}={id}")).collect();
            format!("linked {id} to {} at revision {}", links.join(", "), done.revision)
        }
    });
    session.ui.show(&done, format)
}

impl LinkArgs {
    fn links(&self) -> Result<Vec<(String, String)>> {
        let mut links: Vec<(String, String)> = Vec::new();
        for text in &self.links {
            let pair = assignment("link", text);
            let Ok((service, cluster)) = pair else {
                return Err(Error::new(Kind::Usage, format!("`{text}` is not `SERVICE=CLUSTER`")));
            };
            if links.iter().any(|(other, _)| *other == service) {
                let message = format!("service `{service}` is named twice");
                return Err(Error::new(Kind::Usage, message));
            }
            links.push((service, cluster));
        }
        Ok(links)
    }
}

impl Report for Linked {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}
