//! Deleting leaves and directories: first what it would be, then the deed.

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::ops::put::refuse_root;
use crate::ops::role_env;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What};

/// What is going to be deleted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In the order given, none inside another.
    pub targets: Vec<Target>,
    if_revision: Option<Revision>,
}

/// One leaf or directory to delete.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it really is.
    pub path: Path,
    pub directory: bool,
    /// How many leaves it holds, or is.
    pub keys: usize,
}

/// What was deleted.
#[derive(Debug, Clone, Serialize)]
pub struct Removed {
    pub paths: Vec<Path>,
    /// How many leaves there were.
    pub keys: usize,
    pub revision: Revision,
}

impl Plan {
    /// How many leaves would be deleted.
    pub fn keys(&self) -> usize {
        self.targets.iter().map(|target| target.keys).sum()
    }

    /// The directories among the targets.
    pub fn directories(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.directory)
    }
}

/// Finds out what deleting `paths` means; writes nothing.
///
/// `NotFound` for the first path with nothing there, `Usage` for a directory
/// unless `recursive`, and for a revision that is asked of a directory or of
/// several paths; `Invalid` for what is not written.
pub async fn plan(
    view: &View,
    paths: &[Path],
    recursive: bool,
    if_revision: Option<Revision>,
) -> Result<Plan> {
    let mut real = Vec::with_capacity(paths.len());
    for path in paths {
        let path = view.target(path).await?;
        refuse_root(&path)?;
        real.push(path);
    }
    let mut targets = count(view, &real).await?;
    for target in &targets {
        if target.keys == 0 {
            return Err(Error::not_found(format!("there is nothing at `{}`", target.path)));
        }
        if target.directory && !recursive {
            return Err(Error::new(
                Kind::Usage,
                format!("`{}` is a directory with {}", target.path, keys(target.keys)),
            )
            .hint("Add `-r` to delete it with everything below"));
        }
    }
    if if_revision.is_some() && (targets.len() != 1 || targets.iter().any(|one| one.directory)) {
        return Err(Error::new(Kind::Usage, "a revision is a condition on a single leaf")
            .hint("Give `--if-rev N` together with the path of one leaf"));
    }
    // What lies inside of another target goes with it.
    let all: Vec<Path> = targets.iter().map(|target| target.path.clone()).collect();
    let mut index = 0;
    targets.retain(|target| {
        let kept = !all.iter().enumerate().any(|(other, path)| {
            path.contains(&target.path) && (path != &target.path || other < index)
        });
        index += 1;
        kept
    });
    Ok(Plan { targets, if_revision })
}

/// Deletes what the plan names, in one commit. What has come into a directory
/// since then goes too.
pub async fn remove(view: &View, plan: Plan, note: Note) -> Result<Removed> {
    let mut changes = Changes::new();
    let mut guards = Vec::new();
    for target in &plan.targets {
        if target.directory {
            changes.delete_tree(&target.path);
        } else {
            changes.delete(&target.path);
        }
        guards.extend(plan.if_revision.map(|at| Guard::Revision(target.path.clone(), at)));
    }
    let outcome = role_env::commit(view, &Commit { guards, changes, note }).await?;
    let paths = plan.targets.into_iter().map(|target| target.path).collect();
    Ok(Removed { paths, keys: outcome.changed, revision: outcome.revision })
}

async fn count(view: &View, paths: &[Path]) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> =
        paths.iter().map(|path| Target { path: path.clone(), directory: false, keys: 0 }).collect();
    for target in &mut targets {
        let subtree = [What::Subtree(target.path.clone())];
        let (path, found) = (target.path.as_str(), &mut target.keys);
        let directory = &mut target.directory;
        view.store()
            .read(&subtree, At::Latest, &mut |item| {
                *found += 1;
                *directory |= item.path != path;
                Ok(())
            })
            .await?;
    }
    Ok(targets)
}

/// A number of leaves in words.
pub fn keys(number: usize) -> String {
    if number == 1 { "1 key".to_owned() } else { format!("{number} keys") }
}
