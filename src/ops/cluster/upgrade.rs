//! Upgrading a cluster to another version of its app, phase by phase.
//!
//! Parameters that vanish go with the last phase only: an upgrade that is undone
//! needs no copy of their values, which may be secrets.

use std::collections::BTreeMap;

use super::create::MAX_KEPT;
use super::request;
use crate::error::{Error, Kind, Result};
use crate::model::app::assign::{Present, Written};
use crate::model::app::known::App;
use crate::model::app::package::{CONFIG, TEMPLATE};
use crate::model::app::problem;
use crate::model::app::role::REPLICA;
use crate::model::app::upgrade::{Difference, Key, Upgrade};
use crate::model::app::values::Values;
use crate::model::cluster::{leaves, records};
use crate::model::operation::{Before, Operation, Upgraded, Work};
use crate::model::path::Path;
use crate::ops::operation::step::Step;
use crate::ops::role_env;
use crate::ops::scale::ground::{self, Ground};
use crate::ops::view::{View, fixed};
use crate::store::{What, reading};

/// The phase that brings the new version.
pub const REGISTER: &str = "register";
/// The phase that ends it.
pub const COMPLETE: &str = "complete";
/// Where the texts of the old version are while an upgrade can go back.
const PREVIOUS: &str = "previous";

/// What the first phase changes: the versions, the package, the parameters that
/// are new. `Invalid` with everything that the new version does not accept.
pub async fn register(view: &View, operation: &mut Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    let Work::Upgrade { new: Some(wanted), .. } = &operation.work else {
        return Err(Error::new(Kind::Failed, "the operation does not say what to upgrade to"));
    };
    let wanted = wanted.clone();
    let app = wanted.package.app()?;
    ground.refuse_roles(&app)?;
    let difference = ground.difference(&app, &wanted)?;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    let mut added = Vec::new();
    for (place, written) in &difference.added {
        let path = ground.parameter(place)?;
        match written {
            Written::Leaf(text) => step.changes.put(&path, text),
            Written::Directory(value) => {
                let mut all = Vec::new();
                leaves::flatten(value, path.clone(), &mut all)?;
                all.iter().for_each(|(path, text)| step.changes.put(path, text));
            }
        }
        added.push(path);
    }
    let mut leaves = ground.identity(&app, &wanted)?;
    for (place, was, wrote) in &difference.changed {
        leaves.push((ground.parameter(place)?, Some(was.clone()), Some(wrote.clone())));
    }
    let (was, now) = (ground.present.record.get("version"), &app.spec.app_version);
    let from = was.cloned().unwrap_or_default();
    let to = now.clone().unwrap_or_default();
    let audit = ground.present.directory.join("cluster/upgrade-audit")?;
    for (name, version) in [("from_app_version", &from), ("to_app_version", &to)] {
        let was = ground.present.leaves.get(&format!("cluster/upgrade-audit/{name}"));
        leaves.push((audit.child(name)?, was.cloned(), Some(version.clone())));
    }
    for (path, was, wrote) in leaves {
        match &wrote {
            Some(text) => step.changes.put(&path, text),
            None => step.changes.delete(&path),
        }
        operation.keep(Before { path, was, wrote });
    }
    texts(view, &ground, &wanted, &mut step).await?;
    let vanished = difference.vanished.iter().map(|place| ground.parameter(place));
    let vanished = vanished.collect::<Result<Vec<_>>>()?;
    let new = Some(wanted);
    operation.work = Work::Upgrade { from, to, added, vanished, completed_from: 0, new };
    operation.nodes = ground.present.hosts.iter().map(|host| host.node()).collect();
    linked(view, step).await
}

/// What the last phase changes: what the new version does not have goes.
pub async fn complete(view: &View, operation: &mut Operation) -> Result<Step> {
    let ground = ground::survey(view, &operation.cluster).await?;
    let mut step = Step { guards: vec![ground.unchanged()], ..Step::default() };
    step.changes.delete_tree(&ground.present.directory.join("cluster/upgrade-audit")?);
    step.changes.delete_tree(&records::app(&operation.cluster)?.child(PREVIOUS)?);
    if let Work::Upgrade { vanished, completed_from, .. } = &mut operation.work {
        vanished.iter().for_each(|path| step.changes.delete_tree(path));
        *completed_from = ground.revision;
    }
    linked(view, step).await
}

/// What takes the new parameters away and brings the old package back, and
/// where the last phase is done, what that has taken away. `Compacted` when it
/// can no longer be read.
pub async fn undo(view: &View, operation: &Operation) -> Result<Step> {
    let Work::Upgrade { added, vanished, completed_from, .. } = &operation.work else {
        return Ok(Step::default());
    };
    let mut step = Step::default();
    added.iter().for_each(|path| step.changes.delete_tree(path));
    let top = records::app(&operation.cluster)?;
    let previous = top.child(PREVIOUS)?;
    let gone = if *completed_from > 0 { vanished.as_slice() } else { &[] };
    let what: Vec<What> = gone.iter().chain([&previous]).cloned().map(What::Subtree).collect();
    let (_, entries) = reading::collect(view.store(), &what, fixed(*completed_from)).await?;
    for entry in entries.iter().filter(|entry| !previous.contains(&entry.path)) {
        step.changes.put(&entry.path, &entry.value);
    }
    for name in [CONFIG, TEMPLATE] {
        let (old, own) = (previous.child(name)?, top.child(name)?);
        match entries.iter().find(|entry| entry.path == old) {
            Some(entry) => step.changes.put(&own, &entry.value),
            None => step.changes.delete(&own),
        }
    }
    step.changes.delete_tree(&previous);
    linked(view, step).await
}

/// The texts of the new package, with those of the old one beside them; none
/// where they are too large to be kept.
async fn texts(view: &View, ground: &Ground, wanted: &Upgraded, step: &mut Step) -> Result<()> {
    let top = records::app(ground.present.id())?;
    let previous = top.child(PREVIOUS)?;
    let package = &wanted.package;
    let keeps = package.config.len() + package.template.len() <= MAX_KEPT;
    let what = [What::Subtree(top.clone())];
    let (_, entries) = reading::collect(view.store(), &what, fixed(ground.revision)).await?;
    for (name, text) in [(CONFIG, &package.config), (TEMPLATE, &package.template)] {
        let own = top.child(name)?;
        if let Some(entry) = entries.iter().find(|entry| entry.path == own) {
            step.changes.put(&previous.child(name)?, &entry.value);
        }
        if keeps {
            step.changes.put(&own, text);
        } else {
            step.changes.delete(&own);
        }
    }
    Ok(())
}

/// The step with what it means for the links of nodes.
async fn linked(view: &View, mut step: Step) -> Result<Step> {
    let (changes, guards) = role_env::links(view, &step.changes).await?;
    step.changes.extend(&changes);
    step.guards.extend(guards);
    Ok(step)
}

/// A leaf, what it is and what it becomes.
type Leaf = (Path, Option<String>, Option<String>);

impl Ground {
    /// `Invalid` when nodes have roles that the new version does not have.
    fn refuse_roles(&self, app: &App) -> Result<()> {
        let named = |host: &crate::model::scale::present::PresentHost| {
            host.role.as_deref().map(|role| role.strip_suffix(REPLICA).unwrap_or(role).to_owned())
        };
        let missing = self
            .present
            .hosts
            .iter()
            .map(named)
            .find(|role| !app.spec.roles.iter().any(|known| known.name == *role));
        match missing {
            None => Ok(()),
            Some(role) => Err(Error::invalid(format!(
                "cluster `{}` has nodes of {}, which the new version does not have",
                self.present.id(),
                role.map_or("no role".to_owned(), |role| format!("role `{role}`"))
            ))),
        }
    }

    /// What becomes of the parameters.
    fn difference(&self, app: &App, wanted: &Upgraded) -> Result<Difference> {
        let mut values = Values::new(&app.config);
        let mut problems = Vec::new();
        if let Some((name, text)) = &wanted.values {
            let (name, text, tree) = request::parse_values(name, text.clone())?;
            problems.extend(values.set_tree(&tree, &text, &name));
        }
        for (path, text) in &wanted.set {
            problems.extend(values.set_text(path, text, "--set").err());
        }
        let named: Vec<String> = problems.iter().filter_map(|one| one.property.clone()).collect();
        let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let present = self.parameters();
        let upgrade =
            Upgrade { old: self.app.as_ref(), new: app, values: &values, present: &present };
        let found = upgrade.difference();
        match found {
            Ok(difference) if lines.is_empty() => Ok(difference),
            found => {
                // What was set wrong is told already.
                let told = |line: &String| {
                    named.iter().any(|path| line.contains(&format!("--set {path}=")))
                };
                lines.extend(found.err().into_iter().flatten().filter(|line| !told(line)));
                let (id, count) = (self.present.id(), lines.len());
                let sentence = match count {
                    1 => format!("upgrading cluster `{id}`"),
                    _ => format!("upgrading cluster `{id}`: {count} things are wrong"),
                };
                Err(problem::with_causes(Error::invalid(sentence), lines))
            }
        }
    }

    /// The parameters by role; none: those of all nodes.
    fn parameters(&self) -> BTreeMap<Option<String>, Present> {
        let mut all: BTreeMap<Option<String>, Present> = BTreeMap::new();
        for (path, value) in &self.present.leaves {
            let place = match path.split_once('/') {
                Some(("env", key)) => Some((None, key)),
                Some(("role-env", rest)) => {
                    rest.split_once('/').map(|(role, key)| (Some(role.to_owned()), key))
                }
                _ => None,
            };
            if let Some((role, key)) = place {
                all.entry(role).or_default().insert(key.to_owned(), value.clone());
            }
        }
        all
    }

    /// Where a parameter is.
    fn parameter(&self, (role, key): &Key) -> Result<Path> {
        let directory = &self.present.directory;
        match role {
            Some(role) => directory.child("role-env")?.child(role)?.join(key),
            None => directory.child("env")?.join(key),
        }
    }

    /// What the cluster says of its app, and the endpoints, where they change.
    fn identity(&self, app: &App, wanted: &Upgraded) -> Result<Vec<Leaf>> {
        let mut found: Vec<Leaf> = Vec::new();
        let mut add = |path: Path, was: Option<&String>, now: Option<String>| {
            if was != now.as_ref() {
                found.push((path, was.cloned(), now));
            }
        };
        let recorded = |name: &str| self.present.record.get(name);
        add(self.record("app")?, recorded("app"), Some(wanted.name.clone()));
        add(self.record("version")?, recorded("version"), app.spec.app_version.clone());
        let there = &self.present.leaves;
        let own = &self.present.directory;
        if let Some(id) = &app.spec.app_id {
            add(own.join("cluster/app_id")?, there.get("cluster/app_id"), Some(id.clone()));
        }
        let mut endpoints: BTreeMap<String, String> = BTreeMap::new();
        for endpoint in &app.spec.endpoints {
            let name = format!("cluster/endpoints/{}", endpoint.name);
            let protocol = endpoint.protocol.clone();
            endpoints.extend(protocol.map(|protocol| (format!("{name}/protocol"), protocol)));
            endpoints.insert(format!("{name}/port"), endpoint.port.clone());
        }
        let old = there.keys().filter(|name| {
            let below = name.strip_prefix("cluster/endpoints/");
            below.is_some_and(|name| !name.starts_with("reserved_ips/"))
        });
        let names: std::collections::BTreeSet<&String> = old.chain(endpoints.keys()).collect();
        for name in names {
            add(own.join(name)?, there.get(name), endpoints.get(name).cloned());
        }
        Ok(found)
    }
}
