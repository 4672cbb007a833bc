//! A whole app package, from its two texts to the cluster they describe.

use super::config::Config;
use super::json::{self, Json, Node};
use super::known::App;
use super::near;
use super::problem::{self, Fault, Problem};
use super::property::Type;
use super::role::EnvEntry;
use super::spec::Spec;
use super::template::{Rendered, Template};
use super::values::Values;
use crate::error::{Error, Result};

/// The file that says what a user may set.
pub const CONFIG: &str = "config.json";
/// The file that says what is created.
pub const TEMPLATE: &str = "cluster.json.mustache";

/// The two texts of a package and the name by which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// As the user named it: a directory or an archive.
    pub name: String,
    pub config: String,
    pub template: String,
}

/// What a user sets, beside the defaults.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// `--set PATH=VALUE`, in order.
    pub set: Vec<(String, String)>,
    /// `--values`: the name of the file, its text and what it holds.
    pub file: Option<(String, String, Node)>,
    /// `--link SERVICE=CLUSTER`.
    pub links: Vec<(String, String)>,
    /// The network, for packages that ask for one.
    pub vxnet: String,
}

/// A cluster as a package and a user's wishes describe it.
#[derive(Debug, Clone)]
pub struct Described {
    pub spec: Spec,
    /// The keys of `env`, by role (none: of all nodes), whose values are secret
    /// or a pair of keys.
    pub special: Vec<Special>,
}

/// A parameter whose type needs care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    pub role: Option<String>,
    pub key: String,
    pub kind: Type,
}

impl Package {
    /// Reads, fills and checks both files. `Invalid`, with all that is wrong.
    pub fn describe(&self, wishes: &Wishes) -> Result<Described> {
        self.try_describe(wishes).map_err(|problems| problem::error(&self.name, &problems))
    }

    fn try_describe(&self, wishes: &Wishes) -> Result<Described, Vec<Problem>> {
        let config = Config::parse(&self.config).map_err(|faults| self.in_config(faults))?;
        let template =
            Template::parse(&self.template).map_err(|fault| self.in_template([fault]))?;
        let mut values = self.values(&config, wishes)?;
        let rendered = template.render(&values).map_err(|faults| self.in_template(faults))?;
        let spec = self.spec(&rendered)?;
        let linked = link(&mut values, &config, &rendered, &spec, wishes)?;
        let missing = values.missing(CONFIG, true);
        if !missing.is_empty() {
            return Err(missing);
        }
        let rendered = template.render(&values).map_err(|faults| self.in_template(faults))?;
        let mut spec = self.spec(&rendered)?;
        for (service, cluster) in linked {
            let named = spec.links.iter_mut().filter(|link| link.service == service);
            named.for_each(|link| link.cluster = Some(cluster.clone()));
        }
        let special = special(&config, &rendered, &spec);
        Ok(Described { spec, special })
    }

    /// The app by its defaults. `Invalid`, with what is wrong, when it is broken.
    pub fn app(&self) -> Result<App> {
        let told = |problems: Vec<Problem>| {
            let error = Error::invalid(format!("reading app package `{}`", self.name));
            problem::with_causes(error, problems.iter().map(ToString::to_string).collect())
        };
        let config = Config::parse(&self.config).map_err(|faults| told(self.in_config(faults)))?;
        let template =
            Template::parse(&self.template).map_err(|fault| told(self.in_template([fault])))?;
        let rendered = template.render(&Values::new(&config));
        rendered.map_err(|faults| told(self.in_template(faults)))?;
        App::of(self).ok_or_else(|| {
            Error::invalid(format!("app package `{}` describes no cluster", self.name))
        })
    }

    /// The parameters whose types need care, by the package's defaults; what a
    /// user has set does not matter for it. Nothing when the package is broken.
    pub fn special(&self) -> Vec<Special> {
        let Ok(config) = Config::parse(&self.config) else { return Vec::new() };
        let Ok(template) = Template::parse(&self.template) else { return Vec::new() };
        let Ok(rendered) = template.render(&Values::new(&config)) else { return Vec::new() };
        let root = json::parse(&rendered.text);
        // The defaults alone can describe something unusable; its `env` is there.
        let Ok(root) = root else { return Vec::new() };
        special(&config, &rendered, &Spec::lenient(&root))
    }

    fn values<'c>(&self, config: &'c Config, wishes: &Wishes) -> Result<Values<'c>, Vec<Problem>> {
        let mut values = Values::new(config);
        let mut problems = Vec::new();
        if let Some((name, text, tree)) = &wishes.file {
            problems.extend(values.set_tree(tree, text, name));
        }
        for (path, text) in &wishes.set {
            problems.extend(values.set_text(path, text, "--set").err());
        }
        values.apply_resource_group();
        if values.get("cluster.vxnet").is_some_and(Json::is_empty) {
            values.fill("cluster.vxnet", Json::Text(wishes.vxnet.clone()));
        }
        let named = problems.iter().filter_map(|problem| problem.property.clone());
        let named: Vec<String> = named.collect();
        let untold = |problem: &Problem| {
            problem.property.as_ref().is_none_or(|property| !named.contains(property))
        };
        problems.extend(values.missing(CONFIG, false).into_iter().filter(untold));
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    fn spec(&self, rendered: &Rendered) -> Result<Spec, Vec<Problem>> {
        let place = |fault: Fault| Fault { at: rendered.source(fault.at), ..fault };
        let root = json::parse(&rendered.text).map_err(|broken| {
            let message = match near_variable(rendered, broken.at) {
                Some(name) if quoted(rendered, broken.at) => format!(
                    "not JSON: a variable stands for a value with its quotes, so write `{{{{{name}}}}}` without quotes around it"
                ),
                _ => format!("not JSON once the values are in: {}", broken.message),
            };
            self.in_template([place(Fault { at: broken.at, property: None, message })])
        })?;
        Spec::read(&root).map_err(|faults| self.in_template(faults.into_iter().map(place)))
    }

    fn in_config(&self, faults: impl IntoIterator<Item = Fault>) -> Vec<Problem> {
        faults.into_iter().map(|fault| problem_of(CONFIG, &self.config, fault)).collect()
    }

    fn in_template(&self, faults: impl IntoIterator<Item = Fault>) -> Vec<Problem> {
        faults.into_iter().map(|fault| problem_of(TEMPLATE, &self.template, fault)).collect()
    }
}

fn problem_of(file: &str, text: &str, fault: Fault) -> Problem {
    Problem {
        file: file.to_owned(),
        line: Some(json::line(text, fault.at)),
        property: fault.property,
        message: fault.message,
    }
}

/// The variable that the place belongs to, or that ends right before it.
fn near_variable(rendered: &Rendered, at: usize) -> Option<&str> {
    (at.saturating_sub(2)..=at + 1).rev().find_map(|at| rendered.variable(at))
}

/// Whether two quotes meet there, as they do when a tag stands in quotes.
fn quoted(rendered: &Rendered, at: usize) -> bool {
    let start = at.saturating_sub(2);
    let around = rendered.text.as_bytes().get(start..(at + 2).min(rendered.text.len()));
    around.is_some_and(|around| around.windows(2).any(|two| two == b"\"\""))
}

/// Gives the links their clusters: through the property that a link's variable
/// names, so that its checks hold, else directly. Returns the direct ones.
fn link(
    values: &mut Values<'_>,
    config: &Config,
    rendered: &Rendered,
    spec: &Spec,
    wishes: &Wishes,
) -> Result<Vec<(String, String)>, Vec<Problem>> {
    let mut direct = Vec::new();
    let mut problems = Vec::new();
    for (service, cluster) in &wishes.links {
        let own = format!("cluster.{service}");
        let property = match spec.links.iter().find(|link| link.service == *service) {
            Some(link) => rendered.variable(link.at).map(str::to_owned),
            None if config.get(&own).is_some_and(|own| own.kind == Type::Service) => Some(own),
            None => {
                let known: Vec<&str> =
                    spec.links.iter().map(|link| link.service.as_str()).collect();
                problems.push(Problem {
                    file: "--link".to_owned(),
                    line: None,
                    property: Some(service.clone()),
                    message: format!(
                        "the app has no link of this name; {}",
                        near::instead(service, &known, "links")
                    ),
                });
                continue;
            }
        };
        match property.filter(|path| config.get(path).is_some()) {
            Some(path) => problems.extend(values.set_text(&path, cluster, "--link").err()),
            None => direct.push((service.clone(), cluster.clone())),
        }
    }
    if problems.is_empty() { Ok(direct) } else { Err(problems) }
}

/// The parameters that stand for a property whose type needs care.
fn special(config: &Config, rendered: &Rendered, spec: &Spec) -> Vec<Special> {
    let of = |role: &Option<String>, entry: &EnvEntry| {
        let property = config.get(rendered.variable(entry.value.start)?)?;
        property.is_secret().then(|| Special {
            role: role.clone(),
            key: entry.key.clone(),
            kind: property.kind.clone(),
        })
    };
    let common = spec.env.iter().filter_map(|entry| of(&None, entry));
    let own = spec
        .roles
        .iter()
        .flat_map(|role| role.env.iter().filter_map(move |entry| of(&role.name, entry)));
    common.chain(own).collect()
}

/// Reads `NAME=VALUE`, as `--set` and `--link` take it.
pub fn assignment(flag: &str, text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::invalid(format!("`{flag} {text}` is not of the form `NAME=VALUE`"))),
    }
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
