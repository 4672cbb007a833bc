//! Custom metadata of an instance or a project: adding and removing, where
//! many may do so at once and none loses what another has written.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::error::{Error, Kind, Result};
use crate::model::attributes::{self, Attributes};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What, commit, reading};

/// Whose metadata it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// An instance id, a node id, an ip, or `self`.
    Instance(String),
    /// A project's id.
    Project(String),
}

/// What to do to it.
#[derive(Debug, Clone)]
pub enum Change {
    /// Sets these keys; others stay.
    Add(Attributes),
    /// Removes these keys; unknown ones are ignored.
    Remove(Vec<String>),
    /// Removes all keys.
    Clear,
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Updated {
    /// The instance's or the project's id.
    pub owner: String,
    /// Where its metadata is.
    pub path: Path,
    pub revision: Revision,
    /// The keys that were set or removed; empty when there was nothing to change.
    pub keys: Vec<String>,
}

/// Changes the metadata of `owner` in one commit; also in the copy that a
/// running scale-out keeps of a host.
///
/// Reads, decides and commits on the condition that nobody else has changed the
/// cluster in between, again and again until `limit` has passed: then `Conflict`.
/// `Invalid` and `TooLarge` for what breaks a limit, `NotFound` for an instance
/// that is not there.
pub async fn update(
    view: &View,
    owner: &Owner,
    change: &Change,
    limit: Duration,
    note: Note,
) -> Result<Updated> {
    if let Change::Add(added) = change {
        for (key, value) in added {
            attributes::check_key(key)?;
            attributes::check_value(key, value)?;
        }
    }
    let place = Place::of(view, owner).await?;
    let conditional = view.store().takes_conditions().await?;
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        let (revision, now) = place.read(view).await?;
        let (changes, keys) = place.decide(&now, change)?;
        let updated = |revision| Updated {
            owner: place.id.clone(),
            path: place.path.clone(),
            revision,
            keys,
        };
        if changes.is_empty() {
            return Ok(updated(revision));
        }
        let mut guards = vec![Guard::Unchanged { unit: place.unit.clone(), since: revision }];
        guards.retain(|_| conditional);
        let commit = Commit { guards, changes, note: note.clone() };
        match view.store().commit(&commit).await {
            Ok(outcome) => return Ok(updated(outcome.revision)),
            Err(error) if error.kind() == Kind::Conflict && Instant::now() < end => {
                // The others are as many as have come in between: apart from
                // each other they get through sooner.
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
                pause = (pause * 2).min(Duration::from_millis(64));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The metadata of a project; empty when nothing was ever written there.
pub async fn of_project(view: &View, id: &str) -> Result<Attributes> {
    let path = project_path(id)?;
    let (_, entries) =
        reading::collect(view.store(), &[What::Subtree(path.clone())], At::Latest).await?;
    Ok(entries
        .into_iter()
        .filter_map(|entry| {
            Some((path.relative(entry.path.as_str())?.get(1..)?.to_owned(), entry.value))
        })
        .collect())
}

/// Where the metadata of a project is; `Invalid` when the id is no name.
pub fn project_path(id: &str) -> Result<Path> {
    Path::parse("/projects")?.child(id)?.child("attributes")
}

/// Where an owner's metadata is.
struct Place {
    id: String,
    shown: String,
    path: Path,
    /// The copy's record and its metadata; it counts only where the record is.
    copy: Option<(Path, Path)>,
    /// The owner's own record; none for a project, which needs none.
    record: Option<Path>,
    unit: String,
}

/// What is there.
struct Now {
    attributes: Attributes,
    /// Keys that hold others, which only foreign writers make.
    nested: Vec<Path>,
    copied: Option<Attributes>,
}

impl Place {
    async fn of(view: &View, owner: &Owner) -> Result<Place> {
        let (id, record, copy) = match owner {
            Owner::Project(id) => {
                let path = project_path(id)?;
                let (id, shown) = (id.clone(), format!("project `{id}`"));
                let unit = "projects".to_owned();
                return Ok(Place { id, shown, path, copy: None, record: None, unit });
            }
            Owner::Instance(id) => {
                let node = view.node(id).await?;
                let mut copy = node.cluster_path.child("adding-hosts")?;
                if let Some(role) = &node.role {
                    copy = copy.child(role)?;
                }
                let copy = copy.child(&node.instance_id)?;
                (node.instance_id, node.record, copy)
            }
        };
        let unit = commit::unit(&record).unwrap_or_default().to_owned();
        Ok(Place {
            shown: format!("instance `{id}`"),
            id,
            path: record.child("attributes")?,
            copy: Some((copy.clone(), copy.child("attributes")?)),
            record: Some(record),
            unit,
        })
    }

    async fn read(&self, view: &View) -> Result<(Revision, Now)> {
        let mut what = vec![What::Subtree(self.path.clone())];
        // One of these is in every record, whoever has written it.
        let identity = |record: &Path| -> Result<Vec<Path>> {
            ["instance_id", "ip", "node_id", "sid"].iter().map(|key| record.child(key)).collect()
        };
        let own = self.record.as_ref().map(identity).transpose()?.unwrap_or_default();
        let copied = match &self.copy {
            Some((record, path)) => {
                what.push(What::Subtree(path.clone()));
                identity(record)?
            }
            None => Vec::new(),
        };
        what.extend(own.iter().chain(&copied).cloned().map(What::Key));
        let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
        let there = |keys: &[Path]| entries.iter().any(|entry| keys.contains(&entry.path));
        if self.record.is_some() && !there(&own) {
            return Err(Error::not_found(format!("{} has no host record", self.shown)));
        }
        let mut now = Now {
            attributes: Attributes::new(),
            nested: Vec::new(),
            copied: there(&copied).then(Attributes::new),
        };
        for entry in entries {
            if self.path.contains(&entry.path) {
                match self.key(&self.path, &entry.path)? {
                    Some(key) => drop(now.attributes.insert(key, entry.value)),
                    None => now.nested.push(entry.path),
                }
            } else if let (Some((_, path)), Some(copied)) = (&self.copy, &mut now.copied)
                && path.contains(&entry.path)
                && let Some(key) = self.key(path, &entry.path)?
            {
                copied.insert(key, entry.value);
            }
        }
        Ok((revision, now))
    }

    /// The key that `entry` is in `directory`; none when it lies deeper.
    fn key(&self, directory: &Path, entry: &Path) -> Result<Option<String>> {
        let relative = directory.relative(entry.as_str()).unwrap_or_default();
        match relative.strip_prefix('/') {
            None => Err(Error::conflict(format!(
                "the metadata of {} cannot be changed: `{directory}` holds a value, and is no \
                 directory",
                self.shown
            ))),
            Some(key) => Ok((!key.contains('/')).then(|| key.to_owned())),
        }
    }

    /// The changes to make, and the keys that they change.
    fn decide(&self, now: &Now, change: &Change) -> Result<(Changes, Vec<String>)> {
        let mut changes = Changes::new();
        let mut keys = Vec::new();
        match change {
            Change::Add(added) => {
                self.refuse_nested(now, added)?;
                let after = attributes::effective(&now.attributes, added);
                attributes::check_total(&self.shown, &after)?;
                for (key, value) in added {
                    if now.attributes.get(key) != Some(value) {
                        keys.push(key.clone());
                    }
                    changes.put(&self.path.child(key)?, value);
                    if let (Some((_, copy)), Some(_)) = (&self.copy, &now.copied) {
                        changes.put(&copy.child(key)?, value);
                    }
                }
                let copied = now.copied.as_ref().is_none_or(|copied| {
                    added.iter().all(|(key, value)| copied.get(key) == Some(value))
                });
                if keys.is_empty() && copied {
                    changes = Changes::new();
                }
            }
            Change::Remove(names) => {
                for name in names.iter().filter(|name| now.attributes.contains_key(*name)) {
                    changes.delete(&self.path.child(name)?);
                    keys.push(name.clone());
                }
                if let (Some((_, copy)), Some(copied)) = (&self.copy, &now.copied) {
                    for name in names.iter().filter(|name| copied.contains_key(*name)) {
                        changes.delete(&copy.child(name)?);
                    }
                }
            }
            Change::Clear => {
                keys.extend(now.attributes.keys().cloned());
                if !now.attributes.is_empty() || !now.nested.is_empty() {
                    changes.delete_tree(&self.path);
                }
                if let (Some((_, copy)), Some(copied)) = (&self.copy, &now.copied)
                    && !copied.is_empty()
                {
                    changes.delete_tree(copy);
                }
            }
        }
        keys.sort();
        keys.dedup();
        Ok((changes, keys))
    }

    fn refuse_nested(&self, now: &Now, added: &Attributes) -> Result<()> {
        for key in added.keys() {
            let path = self.path.child(key)?;
            if let Some(below) = now.nested.iter().find(|below| path.contains(below)) {
                return Err(Error::conflict(format!(
                    "metadata key `{key}` of {} cannot be set: it is a directory, with `{below}`",
                    self.shown
                )));
            }
        }
        Ok(())
    }
}
