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
    let (_, entries) = reading::collect(view.store(), &[What::Subtree(top.clone())], at).await?;
    Ok(of_texts(cluster, |name| {
        let path = top.child(name).ok()?;
        let entry = entries.iter().find(|entry| entry.path == path);
        entry.map(|entry| entry.value.clone())
    }))
}

/// The package of a cluster, from the texts that are kept by the names of files.
pub fn of_texts(cluster: &str, text: impl Fn(&str) -> Option<String>) -> Option<Package> {
    let (config, template) = text(CONFIG).zip(text(TEMPLATE))?;
    Some(Package { name: cluster.to_owned(), config, template })
}

/// What the package says of roles, services and parameters.
pub async fn known(view: &View, cluster: &str, at: At) -> Result<Option<App>> {
    Ok(package(view, cluster, at).await?.as_ref().and_then(App::of))
}
