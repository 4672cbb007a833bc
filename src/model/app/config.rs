//! `config.json`: the tree of properties that a user may set.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::json::{self, Json, Node};
use super::problem::Fault;
use super::property::Property;
use super::read_property;

/// The properties of an app, by their dotted paths.
#[derive(Debug, Clone, Default)]
pub struct Config {
    properties: BTreeMap<String, Property>,
    /// The paths in the order of the file.
    order: Vec<String>,
}

impl Config {
    /// Reads the text of a `config.json`; everything that is wrong is told.
    pub fn parse(text: &str) -> Result<Config, Vec<Fault>> {
        let root = json::parse(text).map_err(|broken| {
            let message = format!("not JSON: {}", broken.message);
            vec![Fault { at: broken.at, property: None, message }]
        })?;
        let mut reader = Reader { text, config: Config::default(), faults: Vec::new() };
        match &root.value {
            Json::Array(nodes) => reader.group(nodes, ""),
            _ => reader.root(&root),
        }
        if reader.faults.is_empty() { Ok(reader.config) } else { Err(reader.faults) }
    }

    /// The property of that path.
    pub fn get(&self, path: &str) -> Option<&Property> {
        self.properties.get(path)
    }

    /// Whether `path` is a group of properties.
    pub fn is_group(&self, path: &str) -> bool {
        let start = format!("{path}.");
        self.properties
            .range(start.clone()..)
            .next()
            .is_some_and(|(key, _)| key.starts_with(&start))
    }

    /// All properties, in the order of the file.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.order.iter().filter_map(|path| self.properties.get(path))
    }

    /// All paths, sorted.
    pub fn paths(&self) -> Vec<&str> {
        self.properties.keys().map(String::as_str).collect()
    }

    /// Takes a property out of the checks that need a value: a service is linked
    /// to by `--link`, and a parameter of a service is asked for when it runs.
    pub fn is_asked_later(property: &Property) -> bool {
        property.path.starts_with("service_params.")
    }
}

struct Reader<'a> {
    text: &'a str,
    config: Config,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn root(&mut self, root: &Node) {
        let Some(fields) = Fields::of(root, "", &mut self.faults) else { return };
        match fields.list("properties", &mut self.faults) {
            Some(nodes) => self.group(nodes, ""),
            None if fields.get("properties").is_none() => {
                let message = "has no `properties`, the list of what a user may set";
                self.faults.push(Fault { at: 0, property: None, message: message.to_owned() });
            }
            None => {}
        }
    }

    fn group(&mut self, nodes: &[Node], above: &str) {
        for node in nodes {
            self.property(node, above);
        }
    }

    fn property(&mut self, node: &Node, above: &str) {
        let place = if above.is_empty() { "properties" } else { above };
        let Some(fields) = Fields::of(node, place, &mut self.faults) else { return };
        let Some(key) = fields.text("key", &mut self.faults).filter(|key| !key.is_empty()) else {
            self.faults.push(Fault::new(node.start, place, "a property here has no `key`"));
            return;
        };
        let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        if fields.get("properties").is_some() {
            if let Some(nodes) = fields.list("properties", &mut self.faults) {
                self.group(nodes, &path);
            }
            return;
        }
        let line = json::line(self.text, node.start);
        let Some(property) = read_property::read(node, path.clone(), line, &mut self.faults) else {
            return;
        };
        if let Some(earlier) = self.config.properties.insert(path.clone(), property) {
            let message = format!("is defined twice, first on line {}", earlier.line);
            self.faults.push(Fault::new(node.start, path, message));
        } else {
            self.config.order.push(path);
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
