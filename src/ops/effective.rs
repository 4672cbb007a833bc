//! Custom metadata of an instance with its project's below it.

use crate::error::{Error, Kind, Result};
use crate::model::mapping::{self, RecordPath};
use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::ops::project;
use crate::ops::read::{self, Answer, Content};
use crate::ops::view::{self, View};
use crate::store::{At, reading};

/// Adds to every instance's `attributes`, or key of them, in `answer` what its
/// project has and the instance has not.
///
/// `Usage` for a path that is neither.
pub async fn add_projects(view: &View, answer: &mut Answer, order: Order) -> Result<()> {
    let at = view::fixed(answer.revision);
    for found in &mut answer.found {
        let (instance, key) = instance_of(view, &found.path, at).await?;
        if matches!((&found.content, key.as_str()), (Some(_), key) if !key.is_empty()) {
            continue;
        }
        let directory = project_of(view, &instance, at).await?.child("attributes")?.join(&key)?;
        let projects = read::read(view, &[directory], at, order).await?;
        let Some(inherited) = projects.found.into_iter().next().and_then(|one| one.content) else {
            continue;
        };
        found.content = match (found.content.take(), inherited) {
            (Some(Content::Directory(own)), Content::Directory(inherited)) => {
                Some(Content::Directory(merged(&own, &inherited, order)))
            }
            (Some(own), _) => Some(own),
            (None, inherited) => Some(inherited),
        };
    }
    Ok(())
}

/// The instance whose attributes a path asks for, and the key, empty for all.
async fn instance_of(view: &View, path: &Path, at: At) -> Result<(String, String)> {
    let resolved = view.resolve(path, at).await?;
    let real = resolved.pieces.first().map_or(path, |piece| &piece.real);
    real.as_str()
        .split_once("/attributes")
        .filter(|(_, key)| key.is_empty() || key.starts_with('/'))
        .and_then(|(record, key)| {
            let record = RecordPath::of(&Path::from_stored(record)?)?;
            Some((record.instance_id, key.trim_start_matches('/').to_owned()))
        })
        .ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!("`{path}` is no instance's custom metadata, which `--or-project` is for"),
            )
            .hint("Ask for `/self/host/attributes/KEY`")
        })
}

/// The directory of the project that the instance's mapping names, else of the
/// default one.
async fn project_of(view: &View, instance: &str, at: At) -> Result<Path> {
    let default = Path::parse("/projects")?.child(project::DEFAULT)?;
    let node = match view.node(instance).await {
        Ok(node) => node,
        Err(error) if error.kind() == Kind::NotFound => return Ok(default),
        Err(error) => return Err(error),
    };
    let link = mapping::directory(&node.group, &node.ip)?.child("project")?;
    let (_, link) = reading::get(view.store(), &link, at).await?;
    Ok(link.and_then(|link| Path::parse(&link.value).ok()).unwrap_or(default))
}

/// All of `own`, and of `inherited` what it lacks.
fn merged(own: &Leaves, inherited: &Leaves, order: Order) -> Leaves {
    let mut taken = std::collections::HashSet::new();
    let mut merged = Leaves::new();
    for leaves in [own, inherited] {
        let mut cursor = leaves.cursor();
        while cursor.advance() {
            if taken.insert(cursor.path().to_owned()) {
                merged.push(cursor.path(), cursor.value());
            }
        }
    }
    merged.settle(order);
    merged
}
