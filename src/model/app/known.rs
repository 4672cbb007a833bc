//! An app as it matters to a cluster that is there already: its roles, their
//! services, and the properties that say which values are accepted.

use std::collections::BTreeMap;

use super::config::Config;
use super::custom::{self, Asked};
use super::json::{self, Json, Node};
use super::package::Package;
use super::property::Property;
use super::role::{REPLICA, Role};
use super::spec::Spec;
use super::template::{Rendered, Template};
use super::values::Values;

/// What a package says, by its defaults; what users have set since is in the tree.
#[derive(Debug, Clone)]
pub struct App {
    pub config: Config,
    pub spec: Spec,
    /// Paths of properties, by the role and the field of `nodes` that they fill:
    /// `count`, `cpu`, `memory`, `volume.size`, …
    fields: BTreeMap<(Option<String>, String), String>,
    /// Paths of properties, by the role (none: all nodes) and the key of `env`
    /// that they fill.
    parameters: BTreeMap<(Option<String>, String), String>,
    /// Paths of properties, by the service whose link they name the cluster of.
    links: BTreeMap<String, String>,
    /// What the services of the app's own ask for.
    pub(super) asked: Vec<Asked>,
}

impl App {
    /// Reads a package; none when it is broken.
    pub fn of(package: &Package) -> Option<App> {
        let config = Config::parse(&package.config).ok()?;
        let template = Template::parse(&package.template).ok()?;
        let rendered = template.render(&Values::new(&config)).ok()?;
        // The defaults alone can describe something unusable; what matters is there.
        let root = json::parse(&rendered.text).ok()?;
        let spec = Spec::lenient(&root);
        let (fields, parameters, links) = Default::default();
        let mut app = App { config, spec, fields, parameters, links, asked: Vec::new() };
        app.find(&root, &rendered);
        Some(app)
    }

    /// The role of that name; for the role of replicas, their masters'. Without
    /// a name, the only one of an app without roles.
    pub fn role(&self, name: Option<&str>) -> Option<&Role> {
        let name = master(name);
        self.spec.roles.iter().find(|role| role.name.as_deref() == name)
    }

    /// The property that a field of a role's entry in `nodes` takes its value
    /// from: `count`, `cpu`, `memory`, `volume.size`, ….
    pub fn field(&self, role: Option<&str>, name: &str) -> Option<&Property> {
        let key = (master(role).map(str::to_owned), name.to_owned());
        self.config.get(self.fields.get(&key)?)
    }

    /// The property that a parameter takes its value from; `role` none for those
    /// of all nodes. What lies inside an object of the app has `/` in its key.
    pub fn parameter(&self, role: Option<&str>, key: &str) -> Option<&Property> {
        let key = (role.map(str::to_owned), key.to_owned());
        self.config.get(self.parameters.get(&key)?)
    }

    /// The parameters that can be set: role (none: all nodes) and key of each.
    pub fn parameters(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.parameters.keys().map(|(role, key)| (role.as_deref(), key.as_str()))
    }

    /// The property that the link of a service takes its cluster from.
    pub fn link(&self, service: &str) -> Option<&Property> {
        self.config.get(self.links.get(service)?)
    }

    /// Whether the app itself gives the parameter a value, so that nobody sets it.
    pub fn fixes(&self, role: Option<&str>, key: &str) -> bool {
        let top = key.split('/').next().unwrap_or(key);
        let of_role = self.role(role).map_or(&[][..], |role| &role.env);
        let of_all = if role.is_none() { &self.spec.env[..] } else { &[] };
        of_role.iter().chain(of_all).any(|entry| entry.key == top)
            && self.parameter(role, top).is_none()
            && self.parameter(role, key).is_none()
    }

    /// Whether the app lets users do `action` (`scale_horizontal`, …) to nodes
    /// of a role.
    pub fn allows(&self, role: Option<&str>, action: &str) -> bool {
        let own = self.role(role).map_or(&[][..], |role| &role.advanced_actions);
        own.iter().chain(&self.spec.advanced_actions).any(|allowed| allowed == action)
    }

    fn find(&mut self, root: &Node, rendered: &Rendered) {
        if let Some(env) = member(root, "env") {
            self.parameters_of(None, "", env, rendered);
        }
        for (service, cluster) in member(root, "links").into_iter().flat_map(members) {
            if let Some(variable) = rendered.variable(cluster.start) {
                self.links.insert(service.to_owned(), variable.to_owned());
            }
        }
        let Some(nodes) = member(root, "nodes") else { return };
        let list = match &nodes.value {
            Json::Array(list) => list.as_slice(),
            _ => std::slice::from_ref(nodes),
        };
        self.asked = custom::asked(list, rendered);
        for node in list {
            let role = member(node, "role").map(|name| name.value.leaf());
            let role = role.filter(|name| !name.is_empty());
            if let Some(env) = member(node, "env") {
                self.parameters_of(role.as_deref(), "", env, rendered);
            }
            self.fields_of(&role, "", node, rendered);
            if let Some(volume) = member(node, "volume") {
                self.fields_of(&role, "volume.", volume, rendered);
            }
        }
    }

    fn fields_of(&mut self, role: &Option<String>, prefix: &str, node: &Node, from: &Rendered) {
        for (name, value) in members(node) {
            if let Some(variable) = from.variable(value.start) {
                let key = (role.clone(), format!("{prefix}{name}"));
                self.fields.insert(key, variable.to_owned());
            }
        }
    }

    fn parameters_of(&mut self, role: Option<&str>, above: &str, env: &Node, from: &Rendered) {
        for (name, value) in members(env) {
            let key = format!("{above}{name}");
            match from.variable(value.start) {
                Some(variable) => {
                    let key = (role.map(str::to_owned), key);
                    self.parameters.insert(key, variable.to_owned());
                }
                None => self.parameters_of(role, &format!("{key}/"), value, from),
            }
        }
    }
}

/// The name of the role that has the services: replicas share their masters'.
fn master(name: Option<&str>) -> Option<&str> {
    name.filter(|name| !name.is_empty()).map(|name| name.strip_suffix(REPLICA).unwrap_or(name))
}

pub(super) fn members(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let members = match &node.value {
        Json::Object(members) => members.as_slice(),
        _ => &[],
    };
    members.iter().map(|member| (member.key.as_str(), &member.node))
}

pub(super) fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    members(node).find(|(key, _)| *key == name).map(|(_, node)| node)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{"type": "array", "properties": [
      {"key": "cluster", "type": "array", "properties": [
        {"key": "nodes", "type": "array", "properties": [
          {"key": "count", "type": "integer", "default": 3, "min": 1, "max": 5}]}]},
      {"key": "env", "type": "array", "properties": [
        {"key": "a.b", "type": "integer", "default": 1},
        {"key": "own", "type": "string", "default": "x"}]}]}"#;
    const TEMPLATE: &str = r#"{"nodes": [{"role": "m", "count": {{cluster.nodes.count}},
        "env": {"key": {{env.own}}}, "vertical_scaling_policy": "sequential",
        "custom_metadata": {"cmd": "token"}, "advanced_actions": ["scale_horizontal"]}],
        "env": {"size": {{env.a.b}}, "fixed": 1, "in": {"side": {{env.own}}}}}"#;

    #[test]
    fn properties_are_found_by_what_they_fill() {
        let package = Package {
            name: "x".to_owned(),
            config: CONFIG.to_owned(),
            template: TEMPLATE.to_owned(),
        };
        let app = App::of(&package).unwrap();
        assert_eq!(app.field(Some("m-replica"), "count").unwrap().max, Some(5.0));
        assert_eq!(app.parameter(None, "size").unwrap().path, "env.a.b");
        assert_eq!(app.parameter(Some("m"), "key").unwrap().path, "env.own");
        assert!(app.parameter(None, "fixed").is_none() && app.fixes(None, "fixed"));
        assert!(
            !app.fixes(None, "size") && !app.fixes(None, "other") && !app.fixes(None, "in/side")
        );
        assert_eq!(app.parameter(None, "in/side").unwrap().path, "env.own");
        assert!(app.allows(Some("m"), "scale_horizontal") && !app.allows(None, "scale_horizontal"));
        let role = app.role(Some("m-replica")).unwrap();
        assert!(role.sequential);
        assert_eq!(role.custom_metadata.as_ref().unwrap().cmd.as_deref(), Some("token"));
    }

    #[test]
    fn a_broken_package_is_none() {
        let package =
            Package { name: String::new(), config: "{".to_owned(), template: TEMPLATE.to_owned() };
        assert!(App::of(&package).is_none());
    }
}
