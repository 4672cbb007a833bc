//! From one version of an app to another: what becomes of the parameters of a
//! cluster that is there.

use std::collections::{BTreeMap, BTreeSet};

use super::assign::{self, Present, Written};
use super::known::App;
use super::property::{Property, Type};
use super::values::Values;

/// A parameter: its role (none: of all nodes) and its key.
pub type Key = (Option<String>, String);

/// What is written and taken away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Parameters that were not there.
    pub added: Vec<(Key, Written)>,
    /// Leaves that get another value, with the one they had.
    pub changed: Vec<(Key, String, String)>,
    /// Parameters that the new version does not have.
    pub vanished: Vec<Key>,
}

/// Both versions, what a user sets, and what the cluster has.
#[derive(Debug, Clone, Copy)]
pub struct Upgrade<'a> {
    /// None when nobody knows which app the cluster was made from.
    pub old: Option<&'a App>,
    pub new: &'a App,
    /// The new version's defaults, and what a user sets beside them.
    pub values: &'a Values<'a>,
    /// By role; none: those of all nodes.
    pub present: &'a BTreeMap<Option<String>, Present>,
}

impl Upgrade<'_> {
    /// Keeps the values that the new version accepts, adds its new parameters
    /// with their defaults and finds those that it no longer has; else every
    /// value that it does not accept.
    pub fn difference(&self) -> Result<Difference, Vec<String>> {
        let (mut difference, mut problems) = (Difference::default(), Vec::new());
        for (role, key) in self.new.parameters() {
            let Some(property) = self.new.parameter(role, key) else { continue };
            let place = (role.map(str::to_owned), key.to_owned());
            if let Err(why) = self.parameter(&place, property, &mut difference) {
                let path = &property.path;
                problems
                    .push(format!("`{}` {why}; `--set {path}=…` gives it a value", told(&place)));
            }
        }
        for (place, value) in fixed(self.new) {
            self.fixed(place, value, &mut difference);
        }
        difference.vanished = self.vanished();
        if problems.is_empty() { Ok(difference) } else { Err(problems) }
    }

    fn parameter(
        &self,
        place: &Key,
        property: &Property,
        to: &mut Difference,
    ) -> Result<(), String> {
        let set = self.values.is_set(&property.path);
        let value = self.values.get(&property.path).cloned().unwrap_or(super::json::Json::Null);
        let there = self.leaf(place);
        if there.is_none() && !self.is_there(place) {
            property.check(&value).map_err(|why| colon(&why))?;
            to.added.push((place.clone(), assign::written(property, value)));
            return Ok(());
        }
        match (set, there) {
            // A directory: a list or a pair of keys keeps what it holds.
            (false, None) => Ok(()),
            (false, Some(text)) => {
                let read = match text.as_str() {
                    "" => Ok(super::json::Json::Text(String::new())),
                    text => property.read(text),
                };
                read.and_then(|json| property.check(&json)).map_err(|why| colon(&why))
            }
            (true, Some(text)) if value.leaf() == *text => Ok(()),
            (true, Some(text)) if !is_structured(property) && !property.is_secret() => {
                to.changed.push((place.clone(), text.clone(), value.leaf()));
                Ok(())
            }
            (true, _) => Err("has a value already, which `metactl env set` changes".to_owned()),
        }
    }

    /// What the app sets by itself follows, unless somebody has changed it.
    fn fixed(&self, place: Key, value: String, to: &mut Difference) {
        match self.leaf(&place) {
            Some(text) if *text == value => {}
            Some(text) => {
                let before = self.old.and_then(|old| {
                    fixed(old).find(|(other, _)| *other == place).map(|(_, value)| value)
                });
                if before.as_ref() == Some(text) {
                    to.changed.push((place, text.clone(), value));
                }
            }
            None if self.is_there(&place) => {}
            None => to.added.push((place, Written::Leaf(value))),
        }
    }

    /// What the old version had, the new one does not have, and is there.
    fn vanished(&self) -> Vec<Key> {
        let Some(old) = self.old else { return Vec::new() };
        let new: BTreeSet<Key> = keys(self.new).collect();
        keys(old).filter(|place| !new.contains(place) && self.is_there(place)).collect()
    }

    fn leaf(&self, (role, key): &Key) -> Option<&String> {
        self.present.get(role)?.get(key)
    }

    fn is_there(&self, (role, key): &Key) -> bool {
        self.present.get(role).is_some_and(|present| assign::is_present(present, key))
    }
}

fn is_structured(property: &Property) -> bool {
    matches!(property.kind, Type::List | Type::LoadBalancer | Type::AccessKey | Type::Other(_))
}

/// A sentence about a value, as it follows the name of the parameter.
fn colon(why: &str) -> String {
    let of_value = why.starts_with('`') || why.starts_with("the value ");
    if of_value { format!("does not fit: {why}") } else { why.to_owned() }
}

/// The name of a parameter in a sentence.
fn told((role, key): &Key) -> String {
    match role {
        Some(role) => format!("{key}` of role `{role}"),
        None => key.clone(),
    }
}

/// The parameters of an app, those that it sets by itself included. The role
/// without a name has none of its own.
fn entries(app: &App) -> impl Iterator<Item = (Key, &super::json::Json)> {
    let common = app.spec.env.iter().map(|entry| (None, entry));
    let own = app
        .spec
        .roles
        .iter()
        .flat_map(|role| role.env.iter().map(move |entry| (role.name.clone(), entry)));
    common.chain(own).map(|(role, entry)| ((role, entry.key.clone()), &entry.value.value))
}

fn keys(app: &App) -> impl Iterator<Item = Key> {
    entries(app).map(|(place, _)| place)
}

/// What the app sets by itself: scalars that no property fills.
fn fixed(app: &App) -> impl Iterator<Item = (Key, String)> {
    let is_fixed = |((role, key), value): &(Key, &super::json::Json)| {
        let scalar = value.members().is_empty() && !matches!(value, super::json::Json::Array(_));
        scalar && app.fixes(role.as_deref(), key)
    };
    entries(app).filter(is_fixed).map(|(place, value)| (place, value.leaf()))
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
