//! Values for parameters of a cluster that is there: what is written for them,
//! or why they are not accepted.

use std::collections::BTreeMap;

use super::json::Json;
use super::known::App;
use super::near;
use super::property::{Property, Type};

/// The two halves of a pair of keys.
const PAIR: [&str; 2] = ["access_key_id", "secret_access_key"];

/// What stands below an env directory: keys, those of pairs with `/`, and values.
pub type Present = BTreeMap<String, String>;

/// What setting one parameter writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// One leaf.
    Leaf(String),
    /// A directory, in place of whatever is there.
    Directory(Json),
}

/// The parameters of an app, of all nodes (`role` is none) or of one role, and
/// the values that they have in a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub app: &'a App,
    pub role: Option<&'a str>,
    pub present: &'a Present,
}

impl<'a> Rules<'a> {
    /// What `text` as the value of `key` writes, and whether that was checked;
    /// else a sentence without subject that says why it is not accepted.
    pub fn set(&self, key: &str, text: &str) -> Result<(Written, bool), String> {
        if let Some(property) = self.app.parameter(self.role, key) {
            let value = read(property, key, text)?;
            property.check(&value)?;
            let written = written(property, value);
            self.refuse_change(property, key, &written)?;
            return Ok((written, true));
        }
        let leaf = Written::Leaf(text.to_owned());
        if let Some((pair, half)) = key.split_once('/')
            && let Some(property) = self.pair(pair)
        {
            if !PAIR.contains(&half) {
                return Err(format!("is no half of a pair of keys; {} are", near::listed(PAIR)));
            }
            if text.is_empty() && property.required {
                return Err("is required, and has no value".to_owned());
            }
            self.refuse_change(property, key, &leaf)?;
            return Ok((leaf, true));
        }
        if self.app.fixes(self.role, key) {
            return Err("is given its value by the app, and not to be set".to_owned());
        }
        // The app's defaults do not show what depends on other values.
        if self.is_present(key) {
            return Ok((leaf, false));
        }
        Err(self.unknown(key))
    }

    /// Why `key` cannot be taken away, if it cannot.
    pub fn unset(&self, key: &str) -> Result<(), String> {
        let top = key.split('/').next().unwrap_or(key);
        let property = self.app.parameter(self.role, key).or_else(|| self.pair(top));
        match property {
            Some(property) if property.required => {
                Err("is required; it can be set to another value only".to_owned())
            }
            Some(property) if !property.changeable => Err(FIXED.to_owned()),
            None if self.app.fixes(self.role, key) => {
                Err("is given its value by the app, and not to be taken away".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Whether there is such a leaf or directory.
    pub fn is_present(&self, key: &str) -> bool {
        is_present(self.present, key)
    }

    /// The sentence for a name that the app does not have.
    fn unknown(&self, key: &str) -> String {
        let elsewhere = |role: Option<&str>| self.app.parameter(role, key).is_some();
        if self.role.is_some() && elsewhere(None) {
            return "is a parameter of all nodes; leave `--role` out".to_owned();
        }
        let mut roles = self.app.spec.roles.iter().filter_map(|role| role.name.as_deref());
        if let Some(role) = roles.find(|role| self.role.is_none() && elsewhere(Some(role))) {
            return format!("is a parameter of one role; add `--role {role}`");
        }
        let own = self.app.parameters().filter(|(role, _)| *role == self.role);
        let known: Vec<&str> = own.map(|(_, key)| key).collect();
        let of = if self.role.is_some() { "parameters of the role" } else { "parameters" };
        format!("is no parameter of the app; {}", near::instead(key, &known, of))
    }

    fn pair(&self, key: &str) -> Option<&'a Property> {
        self.app.parameter(self.role, key).filter(|property| property.kind == Type::AccessKey)
    }

    fn refuse_change(&self, property: &Property, key: &str, new: &Written) -> Result<(), String> {
        let changes = match new {
            Written::Leaf(new) => self.present.get(key).is_some_and(|old| old != new),
            Written::Directory(_) => self.is_present(key),
        };
        if changes && !property.changeable { Err(FIXED.to_owned()) } else { Ok(()) }
    }
}

const FIXED: &str = "cannot be changed once the cluster is there";

/// Whether there is such a leaf or directory among the parameters.
pub fn is_present(present: &Present, key: &str) -> bool {
    let below = format!("{key}/");
    present.contains_key(key)
        || present.range(below.clone()..).next().is_some_and(|(one, _)| one.starts_with(&below))
}

fn read(property: &Property, key: &str, text: &str) -> Result<Json, String> {
    if text.is_empty() {
        return Ok(Json::Text(String::new()));
    }
    let value = property.read(text)?;
    if property.kind != Type::AccessKey {
        return Ok(value);
    }
    let halves = value.members().iter().map(|member| member.key.as_str());
    let mut halves: Vec<&str> = halves.collect();
    halves.sort_unstable();
    let texts = value.members().iter().all(|member| member.node.value.text().is_some());
    if halves == PAIR && texts {
        return Ok(value);
    }
    Err(format!(
        "is a pair of keys; `{key}/access_key_id=…` and `{key}/secret_access_key=…` are accepted, \
         or both in one object of JSON"
    ))
}

/// A list or an object becomes a directory, and so does an empty pair of keys.
pub fn written(property: &Property, value: Json) -> Written {
    match value {
        Json::Array(ref list) if list.is_empty() => Written::Leaf(String::new()),
        Json::Array(_) | Json::Object(_) => Written::Directory(value),
        _ if property.kind == Type::AccessKey => {
            let half = |key: &str| super::json::Member {
                key: key.to_owned(),
                key_start: 0,
                node: super::json::Node::bare(Json::Text(String::new())),
            };
            Written::Directory(Json::Object(PAIR.map(half).into()))
        }
        scalar => Written::Leaf(scalar.leaf()),
    }
}

#[cfg(test)]
#[path = "assign_tests.rs"]
mod tests;
