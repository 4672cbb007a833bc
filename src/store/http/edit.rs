//! Commits by the management API of a metad: what is one request there.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::part::Part;
use super::seen::common;
use super::store::{self, Inner};
use crate::client::link::Ask;
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::tree::{Leaves, Order};
use crate::store::{At, Changes, Commit, Outcome};

impl Inner {
    /// [`Store::commit`](crate::store::Store::commit), as far as one request does it.
    /// Made twice it does the same, so a lost answer does no harm.
    pub(super) async fn commit_managed(&self, commit: &Commit) -> Result<Outcome> {
        if !commit.guards.is_empty() {
            return Err(self.beyond_metad("a condition on a change"));
        }
        if commit.changes.is_empty() {
            return Ok(Outcome { revision: 0, changed: 0 });
        }
        let puts = self.puts(&commit.changes)?;
        let gone: BTreeSet<&Path> =
            commit.changes.deleted().iter().chain(commit.changes.deleted_trees()).collect();
        let part = Part::of_all(puts.keys().chain(gone.iter().copied()))
            .ok_or_else(|| self.beyond_metad("changing data, mapping and rules at once"))?;
        let ask = match (puts.is_empty(), gone.len()) {
            (false, 0) => merge(&part, &puts),
            (true, _) => self.delete(&part, &gone),
            (false, _) => self.replace(&part, &puts, &gone),
        }?;
        let deadline = self.manage.deadline();
        let mut changed = puts.len();
        for path in &gone {
            let seen = self.see_managed(&part, path, At::Latest, deadline).await?;
            let vanishes = |leaf: &&Path| path.contains(leaf) && !puts.contains_key(*leaf);
            changed += seen.leaves.keys().filter(vanishes).count();
        }
        let answer = self.manage.call(deadline, &ask).await?;
        Ok(Outcome { revision: answer.version.unwrap_or_default(), changed })
    }

    fn puts(&self, changes: &Changes) -> Result<BTreeMap<Path, String>> {
        let mut puts = BTreeMap::new();
        changes.try_each_put(|path, value, lease| {
            if lease.is_some() {
                return Err(self.beyond_metad("a time to live"));
            }
            puts.insert(Path::parse(path)?, value.to_owned());
            Ok(())
        })?;
        Ok(puts)
    }

    /// Removal of one subtree, or of several children of one directory.
    fn delete(&self, part: &Part, gone: &BTreeSet<&Path>) -> Result<Ask> {
        let ask = |target| Ask { method: Method::DELETE, ..Ask::get(target) };
        let names: Vec<&str> = gone.iter().filter_map(|path| path.name()).collect();
        let target = |name: &str, path: &Path| {
            store::target(&part.target(path), &[(name, &names.join(","))])
        };
        let parents: BTreeSet<Path> = gone.iter().filter_map(|path| path.parent()).collect();
        let several = || self.beyond_metad("deleting in several places at once");
        match (part, parents.first(), gone.first()) {
            (Part::Rules(group), Some(parent), _) if parents.len() == 1 && parent == group => {
                Ok(ask(target("hosts", group)))
            }
            (Part::Data | Part::Mapping(_), _, Some(one)) if gone.len() == 1 => {
                Ok(ask(part.target(one)))
            }
            (Part::Data | Part::Mapping(_), Some(parent), _)
                if parents.len() == 1 && !names.iter().any(|name| name.contains(',')) =>
            {
                Ok(ask(target("subs", parent)))
            }
            _ => Err(several()),
        }
    }

    /// One subtree, by what is put into it.
    fn replace(
        &self,
        part: &Part,
        puts: &BTreeMap<Path, String>,
        gone: &BTreeSet<&Path>,
    ) -> Result<Ask> {
        let mut all = gone.iter();
        match (all.next(), all.next()) {
            (Some(top), None)
                if !matches!(part, Part::Rules(_))
                    && puts.keys().all(|path| top.contains(path)) =>
            {
                let body = store::encoded(&document(top, puts)?)?;
                Ok(Ask::json(Method::POST, part.target(top), body))
            }
            _ => Err(self.beyond_metad("setting and deleting in one commit")),
        }
    }
}

/// Values beside those that are there.
fn merge(part: &Part, puts: &BTreeMap<Path, String>) -> Result<Ask> {
    if let Part::Rules(group) = part {
        let mut rules: BTreeMap<&str, serde_json::Value> = BTreeMap::new();
        for (path, text) in puts {
            let ip = group.relative(path.as_str()).unwrap_or_default().trim_start_matches('/');
            let array = serde_json::from_str(text)
                .map_err(|error| Error::invalid(format!("`{path}` is no rules")).because(error))?;
            rules.insert(ip, array);
        }
        return Ok(Ask::json(Method::PUT, part.target(group), store::encoded(&rules)?));
    }
    let top = part.top(&common(puts.keys()));
    let body = store::encoded(&document(&top, puts)?)?;
    Ok(Ask::json(Method::PUT, part.target(&top), body))
}

/// The JSON of what is put at and below `top`.
fn document(top: &Path, puts: &BTreeMap<Path, String>) -> Result<serde_json::Value> {
    if let Some(value) = puts.get(top) {
        return Ok(serde_json::Value::String(value.clone()));
    }
    let mut leaves = Leaves::new();
    for (path, value) in puts {
        leaves.push(top.relative(path.as_str()).unwrap_or_default(), value);
    }
    leaves.settle(Order::Nested);
    serde_json::to_value(leaves.nested())
        .map_err(|error| Error::new(Kind::Failed, "preparing a request").because(error))
}
