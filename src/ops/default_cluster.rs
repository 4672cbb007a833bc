//! The cluster that is meant when none is named.

use crate::error::{Error, Kind, Result};
use crate::ops::view::View;
use crate::store::At;

/// `given`, else the only cluster there is.
///
/// `NotFound` when there is none, `Usage` when there are several.
pub async fn choose(view: &View, given: Option<&str>) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let mut all = list(view, At::Latest).await?;
    match (all.pop(), all.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Error::not_found("there is no cluster yet")
            .hint("Create one: `metactl cluster create --role NAME=COUNT`")),
        (Some(last), others) => Err(Error::new(
            Kind::Usage,
            format!("there are {} clusters, and none is named", others + 1),
        )
        .hint(format!("Name one: `--cluster {last}`"))
        .hint("List them: `metactl cluster list`")),
    }
}

/// The ids of all clusters, sorted.
pub async fn list(view: &View, at: At) -> Result<Vec<String>> {
    let (_, names) = view.store().names(&view.scope().cluster_root, at).await?;
    let clusters = names.into_iter().filter(|name| name.directory && name.name.starts_with("cl-"));
    Ok(clusters.map(|name| name.name).collect())
}
