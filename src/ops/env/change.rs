//! Setting parameters and taking them away: many of them in one commit.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::get::missing;
use super::ground::Ground;
use crate::error::{Error, Kind, Result};
use crate::model::app::assign::{self, Written};
use crate::model::app::{near, problem};
use crate::model::cluster::leaves;
use crate::model::path::Path;
use crate::ops::operation::busy;
use crate::ops::role_env;
use crate::ops::view::View;
use crate::store::{Changes, Commit, Note, Revision};

/// How often it is looked at again when the cluster or its app has changed.
const ATTEMPTS: u32 = 16;

/// What to do with parameters.
#[derive(Debug, Clone)]
pub enum Change {
    /// Keys and the values that they get.
    Set(Vec<(String, String)>),
    /// Keys that go, with all below them.
    Unset(Vec<String>),
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    pub cluster: String,
    /// The role whose own parameters they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The keys whose values are other ones now, or that are gone.
    pub keys: Vec<String>,
    /// The keys that had these values already.
    pub unchanged: Vec<String>,
    /// The keys whose values nobody could check.
    pub unchecked: Vec<String>,
    /// Whether the cluster says that it was made from an app.
    #[serde(skip)]
    pub names_app: bool,
    /// Whether the app could be asked.
    #[serde(skip)]
    pub app_known: bool,
    /// The commit's revision, or the store's newest one when nothing changed.
    pub revision: Revision,
}

/// Changes parameters of a cluster, of all nodes or of one role, in one commit
/// with the links of the role's nodes.
///
/// `Invalid` with everything that is not accepted, `NotFound` for a cluster, a
/// role, or keys to take away that are not there; `Conflict` while an operation
/// is in flight on the cluster. Nothing is written then.
pub async fn change(
    view: &View,
    cluster: &str,
    role: Option<&str>,
    change: &Change,
    note: Note,
) -> Result<Changed> {
    refuse_twice(change)?;
    for attempt in 1.. {
        busy::refuse(view, cluster).await?;
        let ground = Ground::survey(view, cluster, role).await?;
        let mut plan = ground.plan(change)?;
        let mut guards = ground.guards.clone();
        guards.push(busy::guard(cluster)?);
        let changes = std::mem::take(&mut plan.changes);
        let commit = Commit { guards, changes, note: note.clone() };
        match role_env::commit(view, &commit).await {
            Ok(outcome) => return Ok(plan.done(ground, outcome.revision)),
            Err(error) if error.kind() == Kind::Conflict && attempt < ATTEMPTS => {
                let now = Ground::survey(view, cluster, role).await?;
                busy::refuse(view, cluster).await?;
                // What was decided on is as it was: the values themselves are in the way.
                if now.guards == ground.guards {
                    return Err(error);
                }
                let pause = Duration::from_millis(1 << attempt.min(6));
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::conflict(format!("cluster `{cluster}` keeps changing")))
}

/// `Usage` when a key is named twice: the order of words should not matter.
fn refuse_twice(change: &Change) -> Result<()> {
    let mut keys: Vec<&str> = match change {
        Change::Set(pairs) => pairs.iter().map(|(key, _)| key.as_str()).collect(),
        Change::Unset(keys) => keys.iter().map(String::as_str).collect(),
    };
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(Error::new(Kind::Usage, format!("parameter `{}` is named twice", pair[0])))
        }
        None => Ok(()),
    }
}

/// What is going to be written.
#[derive(Default)]
struct Plan {
    changes: Changes,
    changed: Vec<String>,
    unchanged: Vec<String>,
    unchecked: Vec<String>,
}

impl Plan {
    fn done(self, ground: Ground, revision: Revision) -> Changed {
        Changed {
            cluster: ground.cluster,
            role: ground.role,
            keys: self.changed,
            unchanged: self.unchanged,
            unchecked: self.unchecked,
            names_app: ground.names_app,
            app_known: ground.app.is_some(),
            revision,
        }
    }
}

impl Ground {
    fn plan(&self, change: &Change) -> Result<Plan> {
        match change {
            Change::Set(pairs) => self.set(pairs),
            Change::Unset(keys) => self.unset(keys),
        }
    }

    fn set(&self, pairs: &[(String, String)]) -> Result<Plan> {
        let (mut plan, mut problems) = (Plan::default(), Vec::new());
        for (key, text) in pairs {
            let path = self.path(key)?;
            let written = match self.rules() {
                Some(rules) => rules.set(key, text),
                None => Ok((Written::Leaf(text.clone()), false)),
            };
            let (written, checked) = match written {
                Ok(written) => written,
                Err(why) => {
                    problems.push(told_of(key, &why));
                    continue;
                }
            };
            if !checked {
                plan.unchecked.push(key.clone());
            }
            let leaves = match written {
                Written::Leaf(text) => BTreeMap::from([(path.clone(), text)]),
                Written::Directory(value) => {
                    let mut all = Vec::new();
                    leaves::flatten(&value, path.clone(), &mut all)?;
                    all.into_iter().collect()
                }
            };
            if self.holds(key, &leaves) {
                plan.unchanged.push(key.clone());
                continue;
            }
            // A directory, or a leaf in place of one, replaces all that is there;
            // where nobody knows what is right, the one in the way is told.
            if checked && !self.present().contains_key(key) || !leaves.contains_key(&path) {
                plan.changes.delete_tree(&path);
            }
            leaves.iter().for_each(|(path, value)| plan.changes.put(path, value));
            plan.changed.push(key.clone());
        }
        self.told(problems, "setting")?;
        Ok(plan)
    }

    fn unset(&self, keys: &[String]) -> Result<Plan> {
        let (mut plan, mut problems, mut absent) = (Plan::default(), Vec::new(), Vec::new());
        for key in keys {
            let path = self.path(key)?;
            if !assign::is_present(self.present(), key) {
                let known: Vec<&str> = self.present().keys().map(String::as_str).collect();
                absent.push(format!("`{key}`: {}", near::instead(key, &known, "parameters")));
            } else if let Some(Err(why)) = self.rules().map(|rules| rules.unset(key)) {
                problems.push(format!("`{key}` {why}"));
            } else {
                plan.changes.delete_tree(&path);
                plan.changed.push(key.clone());
            }
        }
        if problems.is_empty() && !absent.is_empty() {
            return Err(missing(&self.cluster, absent));
        }
        problems.extend(absent.into_iter().map(|line| format!("not there: {line}")));
        self.told(problems, "unsetting")?;
        Ok(plan)
    }

    /// Where a parameter is; `Invalid` when its key is no path of segments.
    fn path(&self, key: &str) -> Result<Path> {
        let wrong = key.is_empty() || key.split('/').any(str::is_empty);
        let path = if wrong { None } else { self.top.join(key).ok() };
        path.ok_or_else(|| {
            Error::invalid(format!("`{key}` is no name of a parameter"))
                .hint("See what there is: `metactl env get`")
        })
    }

    /// Whether exactly these leaves are there already.
    fn holds(&self, key: &str, leaves: &BTreeMap<Path, String>) -> bool {
        let below = format!("{key}/");
        let there = self.present().iter();
        let there = there.filter(|(one, _)| *one == key || one.starts_with(&below)).count();
        there == leaves.len()
            && leaves.iter().all(|(path, value)| {
                let key = self.top.relative(path.as_str()).unwrap_or_default();
                self.present().get(key.trim_start_matches('/')) == Some(value)
            })
    }

    fn told(&self, problems: Vec<String>, doing: &str) -> Result<()> {
        let of = match &self.role {
            Some(role) => format!("role `{role}` of cluster `{}`", self.cluster),
            None => format!("cluster `{}`", self.cluster),
        };
        match problems.as_slice() {
            [] => Ok(()),
            [only] => {
                let error = format!("{doing} parameters of {of}");
                Err(problem::with_causes(Error::invalid(error), vec![only.clone()]))
            }
            many => {
                let count = many.len();
                let sentence = format!("{doing} parameters of {of}: {count} things are wrong");
                Err(problem::with_causes(Error::invalid(sentence), problems))
            }
        }
    }
}

/// What a property says of a value begins with it; of itself, with a verb.
fn told_of(key: &str, why: &str) -> String {
    let of_value = why.starts_with('`') || why.starts_with("the value ");
    format!("`{key}`{} {why}", if of_value { ":" } else { "" })
}
