//! The values of an app's properties: defaults, then what a file and flags set.

use std::collections::BTreeMap;

use super::config::Config;
use super::json::{self, Json, Node};
use super::near;
use super::problem::Problem;
use super::property::{Property, Type};
use super::template::Names;

/// A value for every property of a config, and who has set it.
#[derive(Debug, Clone)]
pub struct Values<'c> {
    config: &'c Config,
    values: BTreeMap<String, Value>,
}

#[derive(Debug, Clone)]
struct Value {
    json: Json,
    origin: Option<Origin>,
}

/// Where a value was set: a file with its line, or a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub file: String,
    pub line: Option<usize>,
}

impl<'c> Values<'c> {
    /// The defaults.
    pub fn new(config: &'c Config) -> Values<'c> {
        let value = |property: &Property| Value {
            json: property.default.clone().unwrap_or(Json::Null),
            origin: None,
        };
        let values =
            config.properties().map(|property| (property.path.clone(), value(property))).collect();
        Values { config, values }
    }

    /// The value of a property.
    pub fn get(&self, path: &str) -> Option<&Json> {
        self.values.get(path).map(|value| &value.json)
    }

    /// Whether a user has set the property.
    pub fn is_set(&self, path: &str) -> bool {
        self.values.get(path).is_some_and(|value| value.origin.is_some())
    }

    /// Sets a property from the text of a flag, such as `--set env.heap=512`.
    pub fn set_text(&mut self, path: &str, text: &str, flag: &str) -> Result<(), Problem> {
        let origin = Origin { file: flag.to_owned(), line: None };
        let property = self.known(path, &origin)?;
        let json = property.read(text).map_err(|why| problem(&origin, path, why))?;
        self.set(property, json, origin)
    }

    /// Sets everything that a tree holds: nested by keys, or by dotted paths.
    pub fn set_tree(&mut self, tree: &Node, text: &str, file: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.tree(tree, "", text, file, &mut problems);
        problems
    }

    fn tree(&mut self, node: &Node, path: &str, text: &str, file: &str, out: &mut Vec<Problem>) {
        let origin = Origin { file: file.to_owned(), line: Some(json::line(text, node.start)) };
        if self.config.get(path).is_some() {
            let property = self.known(path, &origin);
            let set = property.and_then(|property| self.set(property, node.value.clone(), origin));
            out.extend(set.err());
            return;
        }
        if !path.is_empty() && !self.config.is_group(path) {
            out.extend(self.known(path, &origin).err());
            return;
        }
        let Json::Object(members) = &node.value else {
            let why = format!("is {}; an object of properties is accepted", node.value.kind());
            let property = Some(path.to_owned()).filter(|path| !path.is_empty());
            out.push(Problem { property, ..problem(&origin, path, why) });
            return;
        };
        for member in members {
            let path =
                if path.is_empty() { member.key.clone() } else { format!("{path}.{}", member.key) };
            self.tree(&member.node, &path, text, file, out);
        }
    }

    /// Sets a property to a value that is checked at once.
    fn set(&mut self, property: &Property, json: Json, origin: Origin) -> Result<(), Problem> {
        property.check(&json).map_err(|why| problem(&origin, &property.path, why))?;
        self.values.insert(property.path.clone(), Value { json, origin: Some(origin) });
        Ok(())
    }

    /// Sets what is still unset and optional to say, without any check.
    pub fn fill(&mut self, path: &str, json: Json) {
        if let Some(value) = self.values.get_mut(path)
            && value.origin.is_none()
        {
            value.json = json;
        }
    }

    /// Gives the properties of a chosen resource group that group's values,
    /// where nobody has set them otherwise.
    pub fn apply_resource_group(&mut self) {
        let chosen =
            self.values.get("cluster.resource_group").filter(|value| value.origin.is_some());
        let (Some(chosen), Some(group)) = (chosen, self.config.get("cluster.resource_group"))
        else {
            return;
        };
        let Some(index) = group.range.iter().position(|name| name.same(&chosen.json)) else {
            return;
        };
        for property in self.config.properties() {
            if let Some(json) = property.resource_group.get(index) {
                self.fill(&property.path, json.clone());
            }
        }
    }

    /// What still lacks a value. Links are left out when `links` is false: their
    /// clusters are named by other means.
    pub fn missing(&self, file: &str, links: bool) -> Vec<Problem> {
        let lacks = |property: &&Property| {
            (property.kind == Type::Service) == links && !Config::is_asked_later(property)
        };
        let why = |property: &Property| {
            let unset = self.values.get(&property.path).filter(|value| value.origin.is_none())?;
            let why = property.check(&unset.json).err()?;
            let origin = Origin { file: file.to_owned(), line: Some(property.line) };
            Some(problem(&origin, &property.path, why))
        };
        self.config.properties().filter(lacks).filter_map(why).collect()
    }

    fn known(&self, path: &str, origin: &Origin) -> Result<&'c Property, Problem> {
        self.config.get(path).ok_or_else(|| {
            let why = if self.config.is_group(path) {
                let start = format!("{path}.");
                let paths = self.config.paths();
                let inside = paths.iter().filter(|path| path.starts_with(&start)).copied().take(12);
                format!("is a group; its properties are {}", near::listed(inside))
            } else {
                let instead = near::instead(path, &self.config.paths(), "properties of the app");
                format!("no property of the app has this name; {instead}")
            };
            problem(origin, path, why)
        })
    }
}

fn problem(origin: &Origin, path: &str, message: impl Into<String>) -> Problem {
    Problem {
        file: origin.file.clone(),
        line: origin.line,
        property: Some(path.to_owned()),
        message: message.into(),
    }
}

impl Names for Values<'_> {
    fn value(&self, name: &str) -> Option<&Json> {
        self.get(name)
    }

    fn is_group(&self, name: &str) -> bool {
        self.config.is_group(name)
    }

    fn known(&self) -> Vec<&str> {
        self.config.paths()
    }
}
