//! Services of the app's own, which users run when they want: what they ask for,
//! and the argument that their commands get.

use std::collections::{BTreeMap, BTreeSet};

use super::json::{Json, Node};
use super::known::{App, member, members};
use super::near;
use super::role::Role;
use super::template::Rendered;

/// One entry of a service's `service_params`.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub role: Option<String>,
    pub service: String,
    pub name: String,
    /// The property that says what is accepted; none where the app has a fixed value.
    pub property: Option<String>,
    pub default: Json,
}

/// What the services of a rendered `cluster.json` ask for.
pub(super) fn asked(nodes: &[Node], rendered: &Rendered) -> Vec<Asked> {
    let mut all = Vec::new();
    for node in nodes {
        let role = member(node, "role").map(|name| name.value.leaf());
        let role = role.filter(|name| !name.is_empty());
        for (service, body) in member(node, "services").into_iter().flat_map(members) {
            for (name, value) in member(body, "service_params").into_iter().flat_map(members) {
                all.push(Asked {
                    role: role.clone(),
                    service: service.to_owned(),
                    name: name.to_owned(),
                    property: rendered.variable(value.start).map(str::to_owned),
                    default: value.value.clone(),
                });
            }
        }
    }
    all
}

impl App {
    /// The names of the services that users may run.
    pub fn custom_services(&self) -> BTreeSet<&str> {
        let all = self.spec.roles.iter().flat_map(|role| &role.services);
        all.filter(|(_, service)| service.custom).map(|(name, _)| name.as_str()).collect()
    }

    /// The names of what a service asks for.
    pub fn asked_by(&self, service: &str) -> BTreeSet<&str> {
        let own = self.asked.iter().filter(|asked| asked.service == service);
        own.map(|asked| asked.name.as_str()).collect()
    }

    /// The JSON that the command of `service` gets on the nodes of `role`: what
    /// is given, and defaults for the rest; none when it asks for nothing. The
    /// error is a sentence that names what is not accepted.
    pub fn argument(
        &self,
        role: &Role,
        service: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<Option<String>, String> {
        let own = |asked: &&Asked| asked.service == service && asked.role == role.name;
        let mut members = Vec::new();
        for asked in self.asked.iter().filter(own) {
            let name = &asked.name;
            let property = asked.property.as_ref().and_then(|path| self.config.get(path));
            let value = match (given.get(name), property) {
                (Some(text), Some(property)) => {
                    property.read(text).map_err(|why| format!("parameter `{name}`: {why}"))?
                }
                (Some(_), None) => {
                    return Err(format!("parameter `{name}` has a fixed value in the app"));
                }
                (None, _) => asked.default.clone(),
            };
            if let Some(property) = property {
                property.check(&value).map_err(|why| format!("parameter `{name}` {why}"))?;
            }
            let key = Json::Text(name.clone());
            members.push(format!("{key}:{value}"));
        }
        Ok((!members.is_empty()).then(|| format!("{{{}}}", members.join(","))))
    }

    /// Whether that is a service that users may run, and asks for what is given;
    /// the error is a sentence that says what there is.
    pub fn check_service(
        &self,
        name: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        let known: Vec<&str> = self.custom_services().into_iter().collect();
        if !known.contains(&name) {
            let instead = near::instead(name, &known, "services");
            let of_platform = self.spec.roles.iter().any(|role| role.services.contains_key(name));
            return Err(match of_platform {
                true => format!("service `{name}` is run by the life cycle alone; {instead}"),
                false => format!("the app has no service `{name}`; {instead}"),
            });
        }
        let asked: Vec<&str> = self.asked_by(name).into_iter().collect();
        match given.keys().find(|key| !asked.contains(&key.as_str())) {
            Some(unknown) => {
                let instead = near::instead(unknown, &asked, "parameters of it");
                Err(format!("service `{name}` does not ask for `{unknown}`; {instead}"))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::app::package::Package;

    const CONFIG: &str = r#"{"type": "array", "properties": [
      {"key": "service_params", "type": "array", "properties": [
        {"key": "topic", "type": "string", "default": "", "required": "yes"},
        {"key": "rate", "type": "integer", "default": 5, "max": 9}]}]}"#;
    const TEMPLATE: &str = r#"{"nodes": [{"role": "m", "count": 1, "services": {
        "start": {"cmd": "go"}, "plain": {"type": "custom", "cmd": "it"},
        "pack": {"type": "custom", "cmd": "pack", "service_params": {
            "topic": {{service_params.topic}}, "rate": {{service_params.rate}}, "mode": "x"}}}}]}"#;

    fn app() -> App {
        let (config, template) = (CONFIG.to_owned(), TEMPLATE.to_owned());
        App::of(&Package { name: "x".to_owned(), config, template }).unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_argument_has_defaults_and_what_is_given() {
        let app = app();
        let role = app.role(Some("m")).unwrap();
        let argument = |pairs: &[(&str, &str)]| app.argument(role, "pack", &given(pairs));
        assert_eq!(
            argument(&[("topic", "it's \"a\"")]).unwrap().unwrap(),
            r#"{"topic":"it's \"a\"","rate":5,"mode":"x"}"#
        );
        assert!(argument(&[]).unwrap_err().starts_with("parameter `topic` is required"));
        let wrong = argument(&[("topic", "a"), ("rate", "10")]).unwrap_err();
        assert!(wrong.contains("`rate` `10` is too large"), "{wrong}");
        assert!(argument(&[("topic", "a"), ("mode", "y")]).unwrap_err().contains("fixed"));
        assert_eq!(app.argument(role, "plain", &given(&[])), Ok(None));
    }

    #[test]
    fn what_there_is_is_said() {
        let app = app();
        app.check_service("pack", &given(&[("topic", "a")])).unwrap();
        let wrong = |name: &str, pairs: &[(&str, &str)]| {
            app.check_service(name, &given(pairs)).unwrap_err()
        };
        assert_eq!(wrong("pakc", &[]), "the app has no service `pakc`; near to it: `pack`");
        assert!(wrong("start", &[]).contains("life cycle alone; services: `pack` and `plain`"));
        assert!(wrong("pack", &[("topc", "a")]).contains("near to it: `topic`"));
    }
}
