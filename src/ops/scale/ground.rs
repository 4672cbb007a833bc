//! What an operation on a cluster decides on: one read of all that matters.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::error::{Error, Result};
use crate::model::app::known::App;
use crate::model::cluster::records;
use crate::model::mapping;
use crate::model::path::Path;
use crate::model::scale::present::{Leaves, Present};
use crate::ops::cluster::app;
use crate::ops::project;
use crate::ops::view::{View, fixed};
use crate::store::{At, Guard, Revision, What, reading};

/// A cluster as it stands at one revision.
pub struct Ground {
    pub revision: Revision,
    pub present: Present,
    /// None also where it was not looked at.
    pub app: Option<App>,
    /// The group of its nodes' mapping.
    pub group: String,
    pub project: String,
}

/// Looks at a cluster and at its app. `NotFound` when it is not there.
pub async fn survey(view: &View, cluster: &str) -> Result<Ground> {
    let ground = look(view, cluster).await?;
    let app = app::known(view, cluster, fixed(ground.revision)).await?;
    Ok(Ground { app, ..ground })
}

/// Looks at a cluster alone: reading its app takes longer than all the rest.
pub async fn look(view: &View, cluster: &str) -> Result<Ground> {
    let directory = view.scope().cluster_root.child(cluster)?;
    let record = records::cluster(cluster)?;
    let what = [&directory, &record].map(|top| What::Subtree(top.clone()));
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let mut own = Leaves::new();
    let mut recorded = Leaves::new();
    for entry in entries {
        let path = entry.path.as_str();
        for (top, leaves) in [(&directory, &mut own), (&record, &mut recorded)] {
            if let Some(name) = top.relative(path).and_then(|rest| rest.strip_prefix('/')) {
                leaves.insert(name.to_owned(), entry.value.clone());
            }
        }
    }
    if own.is_empty() {
        return Err(Error::not_found(format!("there is no cluster `{cluster}`"))
            .hint("List the clusters: `metactl cluster list`"));
    }
    let fact = |name: &str, usual: &str| recorded.get(name).cloned().unwrap_or(usual.to_owned());
    Ok(Ground {
        revision,
        group: fact("group", &view.scope().group),
        project: fact("project", project::DEFAULT),
        present: Present::new(directory, own, recorded),
        app: None,
    })
}

impl Ground {
    /// The condition that metactl has not changed the cluster since.
    pub fn unchanged(&self) -> Guard {
        Guard::Unchanged { unit: self.present.id().to_owned(), since: self.revision }
    }

    /// The addresses in use in the group: those that are mapped, those that are
    /// reserved, and those of the cluster's own hosts.
    pub async fn taken(&self, view: &View) -> Result<BTreeSet<Ipv4Addr>> {
        let at = fixed(self.revision);
        let (_, mapped) = view.store().names(&mapping::group_directory(&self.group)?, at).await?;
        let (_, reserved) = view.store().names(&records::reserved(&self.group)?, at).await?;
        let named = mapped.iter().chain(&reserved).filter_map(|name| name.name.parse().ok());
        let own = self.present.hosts.iter().filter_map(|host| host.get("ip").parse().ok());
        Ok(named.chain(own).collect())
    }

    /// A leaf of metactl's record of the cluster.
    pub fn record(&self, leaf: &str) -> Result<Path> {
        records::cluster(self.present.id())?.child(leaf)
    }
}
