//! Projects: who has custom metadata of its own.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::attributes::Attributes;
use crate::model::path::Path;
use crate::ops::metadata;
use crate::ops::view::View;
use crate::store::{At, What};

/// The project that is there without being made.
pub const DEFAULT: &str = "default";

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub project: String,
    /// How many keys its metadata has.
    pub attributes: usize,
}

/// One project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Project {
    pub project: String,
    pub attributes: Attributes,
}

/// All projects, sorted by id; [`DEFAULT`] is always among them.
pub async fn list(view: &View) -> Result<Vec<Summary>> {
    let top = Path::parse("/projects")?;
    let mut counts = BTreeMap::from([(DEFAULT.to_owned(), 0)]);
    view.store()
        .read(&[What::Subtree(top.clone())], At::Latest, &mut |item| {
            let relative = top.relative(item.path).unwrap_or_default();
            let mut segments = relative.split('/').skip(1);
            if let Some(id) = segments.next() {
                let count = counts.entry(id.to_owned()).or_default();
                *count += usize::from(segments.next() == Some("attributes"));
            }
            Ok(())
        })
        .await?;
    Ok(counts.into_iter().map(|(project, attributes)| Summary { project, attributes }).collect())
}

/// One project; `NotFound` when nothing is stored of it, except for [`DEFAULT`].
pub async fn show(view: &View, id: &str) -> Result<Project> {
    let attributes = metadata::of_project(view, id).await?;
    if attributes.is_empty() && id != DEFAULT {
        let directory = Path::parse("/projects")?.child(id)?;
        let (_, names) = view.store().names(&directory, At::Latest).await?;
        if names.is_empty() {
            return Err(Error::not_found(format!("there is no project `{id}`"))
                .hint("List the projects: `metactl project list`"));
        }
    }
    Ok(Project { project: id.to_owned(), attributes })
}
