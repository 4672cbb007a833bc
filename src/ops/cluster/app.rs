//! The app that a cluster was made from, where its package was kept.

use crate::error::Result;
use crate::model::app::known::App;
use crate::model::app::package::{CONFIG, Package, TEMPLATE};
use crate::model::cluster::records;
use crate::ops::view::View;
use crate::store::{At, What, reading};

/// The package's texts; none for a cluster without an app, one that others
/// have written, and one whose package was too large to be kept.
pub async fn package(view: &View, cluster: &str, at: At) -> Result<Option<Package>> {
    let top = records::app(cluster)?;
    let (_, entries) = reading::collect(view.store(), &[What::Subtree(top)], at).await?;
    let text = |name: &str| {
        let entry = entries.iter().find(|entry| entry.path.name() == Some(name));
        entry.map(|entry| entry.value.clone())
    };
    Ok(text(CONFIG).zip(text(TEMPLATE)).map(|(config, template)| Package {
        name: cluster.to_owned(),
        config,
        template,
    }))
}

/// What the package says of roles, services and parameters.
pub async fn known(view: &View, cluster: &str, at: At) -> Result<Option<App>> {
    Ok(package(view, cluster, at).await?.as_ref().and_then(App::of))
}
