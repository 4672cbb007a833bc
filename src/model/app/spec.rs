//! `cluster.json`, rendered: what is to be created.

use super::fields::Fields;
use super::json::{Json, Node};
use super::near;
use super::problem::Fault;
use super::role::{self, EnvEntry, Role};

/// A cluster as an app describes it.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    pub name: String,
    pub description: String,
    pub vxnet: String,
    pub app_id: Option<String>,
    pub app_version: Option<String>,
    pub links: Vec<Link>,
    pub roles: Vec<Role>,
    /// Parameters of all nodes, in the order of the file.
    pub env: Vec<EnvEntry>,
    pub endpoints: Vec<Endpoint>,
    pub reserved_ips: Vec<(String, String)>,
    /// Whether its nodes may read everything.
    pub metadata_root_access: bool,
    /// What else users may do to the cluster, such as `scale_horizontal`.
    pub advanced_actions: Vec<String>,
}

/// Another cluster that this one depends on.
#[derive(Debug, Clone)]
pub struct Link {
    pub service: String,
    /// Its id; none when an optional link is left empty.
    pub cluster: Option<String>,
    /// Where the id stands in the rendered text.
    pub at: usize,
}

/// A service that the cluster offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub name: String,
    /// A port, or a reference to the parameter that holds it.
    pub port: String,
    pub protocol: Option<String>,
}

impl Spec {
    /// Reads the rendered document; what is wrong is told with its place in it.
    pub fn read(root: &Node) -> Result<Spec, Vec<Fault>> {
        let mut faults = Vec::new();
        let spec = read(root, &mut faults);
        match spec {
            Some(spec) if faults.is_empty() => Ok(spec),
            _ => Err(faults),
        }
    }

    /// Reads what can be read of a document that may be unusable as a whole.
    pub fn lenient(root: &Node) -> Spec {
        read(root, &mut Vec::new()).unwrap_or_default()
    }

    /// How many nodes it has in all.
    pub fn nodes(&self) -> u64 {
        self.roles.iter().map(Role::nodes).sum()
    }
}

fn read(root: &Node, faults: &mut Vec<Fault>) -> Option<Spec> {
    let fields = Fields::of(root, "", faults)?;
    let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let spec = Spec {
        name: fields.text("name", faults).unwrap_or_default().to_owned(),
        description: fields.text("description", faults).unwrap_or_default().to_owned(),
        vxnet: fields.text("vxnet", faults).unwrap_or_default().to_owned(),
        app_id: owned(fields.text("app_id", faults)),
        app_version: owned(fields.text("app_version", faults)),
        links: links(&fields, faults),
        roles: roles(&fields, faults),
        env: role::env(&fields, faults),
        endpoints: Vec::new(),
        reserved_ips: Vec::new(),
        metadata_root_access: fields.boolean("metadata_root_access", faults).unwrap_or(false),
        advanced_actions: role::advanced_actions(&fields, faults),
    };
    fields.members("health_check", faults);
    fields.members("monitor", faults);
    fields.members("display_tabs", faults);
    endpoints(&fields, spec, faults)
}

fn links(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Vec<Link> {
    let mut links = Vec::new();
    for member in fields.members("links", faults) {
        let path = format!("links.{}", member.key);
        let cluster = match &member.node.value {
            Json::Null => None,
            Json::Text(id) if id.is_empty() => None,
            Json::Text(id) => Some(id.clone()),
            other => {
                let message = format!("is {}; the id of a cluster is accepted", other.kind());
                faults.push(Fault::new(member.node.start, path, message));
                continue;
            }
        };
        if member.key.is_empty() || member.key.contains('/') {
            faults.push(Fault::new(member.key_start, path, "is no name of a service"));
            continue;
        }
        links.push(Link { service: member.key.clone(), cluster, at: member.node.start });
    }
    links
}

fn roles(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Vec<Role> {
    let Some(nodes) = fields.get("nodes") else {
        faults.push(Fault::new(fields.at(), "nodes", "is missing; one object, or a list of them"));
        return Vec::new();
    };
    let known = faults.len();
    let (list, single) = match &nodes.value {
        Json::Array(list) => (list.as_slice(), false),
        _ => (std::slice::from_ref(nodes), true),
    };
    let mut roles: Vec<Role> = Vec::new();
    for (index, node) in list.iter().enumerate() {
        let path = if single { "nodes".to_owned() } else { format!("nodes[{index}]") };
        let Some(role) = role::read(node, &path, faults) else { continue };
        if list.len() > 1 && role.name.is_none() {
            let message = "is missing; where there are several kinds of nodes, each needs a role";
            faults.push(Fault::new(node.start, format!("{path}.role"), message));
        } else if roles.iter().any(|earlier| earlier.name == role.name) {
            let message = format!("`{}` is there twice", role.name.as_deref().unwrap_or_default());
            faults.push(Fault::new(node.start, format!("{path}.role"), message));
        }
        roles.push(role);
    }
    if faults.len() == known && roles.iter().map(Role::nodes).sum::<u64>() == 0 {
        faults.push(Fault::new(nodes.start, "nodes", "is no node at all; at least one is needed"));
    }
    roles
}

fn endpoints(fields: &Fields<'_>, mut spec: Spec, faults: &mut Vec<Fault>) -> Option<Spec> {
    let Some(node) = fields.get("endpoints") else { return Some(spec) };
    let inner = Fields::of(node, "endpoints", faults)?;
    spec.reserved_ips = role::reserved_ips(&inner, faults);
    for member in node.value.members().iter().filter(|member| member.key != "reserved_ips") {
        let path = format!("endpoints.{}", member.key);
        let Some(endpoint) = Fields::of(&member.node, &path, faults) else { continue };
        let protocol = endpoint.text("protocol", faults).map(str::to_owned);
        let Some(port) = port(&endpoint, &spec, faults) else { continue };
        spec.endpoints.push(Endpoint { name: member.key.clone(), port, protocol });
    }
    Some(spec)
}

/// The port: a number, a text such as a range, or a reference that must lead
/// to a parameter.
fn port(endpoint: &Fields<'_>, spec: &Spec, faults: &mut Vec<Fault>) -> Option<String> {
    let node = endpoint.get("port")?;
    let mut fault = |message: String| {
        faults.push(Fault::new(node.start, endpoint.path_of("port"), message));
        None
    };
    match &node.value {
        Json::Number(number) => match number.parse::<u16>() {
            Ok(_) => Some(number.clone()),
            Err(_) => fault(format!("is `{number}`; a port from 0 to 65535 is accepted")),
        },
        Json::Text(text) => match Reference::parse(text) {
            Some(reference) if !reference.leads_to(spec) => {
                let known = parameters(spec);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let instead = near::instead(text, &known, "parameters");
                fault(format!("is `{text}`, which is no parameter of the app; {instead}"))
            }
            _ => Some(text.clone()),
        },
        other => {
            let kind = other.kind();
            fault(format!("is {kind}; a port, or a reference such as `env.port`, is accepted"))
        }
    }
}

/// What a reference can be to.
fn parameters(spec: &Spec) -> Vec<String> {
    let common = spec.env.iter().map(|entry| format!("env.{}", entry.key));
    let own = spec.roles.iter().flat_map(|role| {
        let name = role.name.as_deref().unwrap_or_default();
        role.env.iter().map(move |entry| format!("env.{name}.{}", entry.key))
    });
    common.chain(own).collect()
}

/// A reference to a parameter: `env.<key>`, `env.<role>.<key>`, and, as the
/// platform writes it, `<role>.env.<key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'a> {
    /// What follows `env.`: a key, or a role and a key.
    rest: &'a str,
    /// The role where it stands in front.
    role: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a text apart; none when it is no reference.
    pub fn parse(text: &'a str) -> Option<Reference<'a>> {
        if let Some(rest) = text.strip_prefix("env.") {
            return Some(Reference { rest, role: None });
        }
        let (role, rest) = text.split_once(".env.")?;
        Some(Reference { rest, role: Some(role) })
    }

    /// The parameters it may mean, likeliest first: the role, if any, and the key.
    pub fn candidates(&self) -> Vec<(Option<&'a str>, &'a str)> {
        if let Some(role) = self.role {
            return vec![(Some(role), self.rest)];
        }
        let mut candidates = vec![(None, self.rest)];
        for (dot, _) in self.rest.match_indices('.') {
            candidates.push((Some(&self.rest[..dot]), &self.rest[dot + 1..]));
        }
        candidates
    }

    fn leads_to(&self, spec: &Spec) -> bool {
        let has = |entries: &[EnvEntry], key: &str| entries.iter().any(|entry| entry.key == key);
        self.candidates().into_iter().any(|(role, key)| match role {
            None => has(&spec.env, key),
            Some(name) => spec
                .roles
                .iter()
                .any(|role| role.name.as_deref() == Some(name) && has(&role.env, key)),
        })
    }
}

#[cfg(test)]
#[path = "spec_tests.rs"]
mod tests;
