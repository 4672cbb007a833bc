//! The table: every predefined key that is served, and where its value comes from.
//!
//! What the record of a host cannot answer is not here: no platform of a CPU, no
//! disks, no maintenance, no gateway. A client that asks for it gets a 404, which
//! all of them know, and never a value that somebody has made up.

use std::borrow::Cow;

use super::account::Account;
use super::node::{Directory, Leaf, Naming, Node};
use Source::{
    Accounts, Attributes, Fixed, Guest, Host, Made, Nothing, OfProject, ProjectAttributes,
};
use Type::{Directory as Folder, List, Mac, Number, Text};

/// What the values are made from, as one revision of the store has it.
pub struct Facts<'a, 'f> {
    /// A leaf of the host record.
    pub host: &'f dyn Fn(&str) -> Option<&'a str>,
    /// A leaf of the cluster's record.
    pub cluster: &'f dyn Fn(&str) -> Option<&'a str>,
    pub project: &'a str,
    /// The project's number.
    pub number: u64,
    /// The custom metadata of the host and of its project.
    pub attributes: Directory<'a>,
    pub project_attributes: Directory<'a>,
    /// What the instance has written of itself; none where that is switched off.
    pub guest: Option<Directory<'a>>,
    pub account: Option<&'a Account>,
}

/// One predefined key.
pub struct Key {
    /// Its path, as in URLs.
    pub path: &'static str,
    pub from: Source,
    pub kind: Type,
}

/// Where a value comes from.
pub enum Source {
    /// A leaf of the host record; empty ones are not there.
    Host(&'static str),
    /// `projects/NUMBER/<of>/<value>`, the value being a leaf of the host record.
    OfProject {
        of: &'static str,
        leaf: &'static str,
    },
    /// Put together from several facts.
    Made(fn(&Facts<'_, '_>) -> Option<String>),
    /// Part of the protocol, the same for everybody.
    Fixed(&'static str),
    /// Of the custom metadata of the host, a value where it is set.
    Tag(&'static str),
    Attributes,
    ProjectAttributes,
    Guest,
    Accounts,
    /// An empty directory.
    Nothing,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    /// In JSON a number.
    Number,
    /// An address of a network card, in lower case.
    Mac,
    /// A JSON array unless asked for as text.
    List,
    Directory,
}

/// Every predefined key, sorted by path.
#[rustfmt::skip] // One row a line reads as the table it is.
pub const KEYS: &[Key] = &[
    Key { path: "instance/attributes", from: Attributes, kind: Folder },
    Key { path: "instance/guest-attributes", from: Guest, kind: Folder },
    Key { path: "instance/hostname", from: Made(hostname), kind: Text },
    Key { path: "instance/id", from: Host("gsid"), kind: Number },
    Key { path: "instance/machine-type", from: Made(machine_type), kind: Text },
    Key { path: "instance/name", from: Host("instance_id"), kind: Text },
    Key { path: "instance/network-interfaces/0/access-configs/0/external-ip", from: Host("eip"), kind: Text },
    Key { path: "instance/network-interfaces/0/access-configs/0/type", from: Made(translation), kind: Text },
    Key { path: "instance/network-interfaces/0/ip", from: Host("ip"), kind: Text },
    Key { path: "instance/network-interfaces/0/mac", from: Host("mac"), kind: Mac },
    Key { path: "instance/network-interfaces/0/network", from: Made(network), kind: Text },
    Key { path: "instance/service-accounts", from: Accounts, kind: Folder },
    Key { path: "instance/tags", from: Source::Tag("tags"), kind: List },
    Key { path: "instance/zone", from: OfProject { of: "zones", leaf: "zone" }, kind: Text },
    // Accounts for logging in are somebody else's: there are none here.
    Key { path: "oslogin", from: Nothing, kind: Folder },
    Key { path: "project/attributes", from: ProjectAttributes, kind: Folder },
    Key { path: "project/numeric-project-id", from: Made(|facts| Some(facts.number.to_string())), kind: Number },
    Key { path: "project/project-id", from: Made(|facts| Some(facts.project.to_owned())), kind: Text },
    // What clients take for granted where nothing is said.
    Key { path: "universe/universe-domain", from: Fixed("googleapis.com"), kind: Text },
];

fn hostname(facts: &Facts<'_, '_>) -> Option<String> {
    let name = (facts.host)("instance_id").filter(|name| !name.is_empty())?;
    Some(format!("{name}.c.{}.internal", facts.project))
}

fn machine_type(facts: &Facts<'_, '_>) -> Option<String> {
    let count = |leaf| (facts.host)(leaf)?.parse::<u64>().ok();
    let (cpu, memory) = (count("cpu")?, count("memory")?);
    Some(format!("projects/{}/machineTypes/custom-{cpu}-{memory}", facts.number))
}

fn network(facts: &Facts<'_, '_>) -> Option<String> {
    let vxnet = (facts.cluster)("vxnet").filter(|vxnet| !vxnet.is_empty())?;
    Some(format!("projects/{}/networks/{vxnet}", facts.number))
}

/// How a public address leads to the host: said where there is one.
fn translation(facts: &Facts<'_, '_>) -> Option<String> {
    let public = (facts.host)("eip").filter(|eip| !eip.is_empty());
    public.map(|_| "ONE_TO_ONE_NAT".to_owned())
}

/// The tree below `/computeMetadata/v1/` that these facts make.
pub fn tree<'a>(facts: &Facts<'a, '_>) -> Directory<'a> {
    let mut top = Directory::new(Naming::Predefined);
    for key in KEYS {
        if let Some(node) = key.node(facts) {
            top.insert(key.path, node);
        }
    }
    top
}

impl Key {
    fn node<'a>(&self, facts: &Facts<'a, '_>) -> Option<Node<'a>> {
        let text: Cow<'a, str> = match &self.from {
            Host(leaf) => (facts.host)(leaf).filter(|value| !value.is_empty())?.into(),
            OfProject { of, leaf } => {
                let value = (facts.host)(leaf).filter(|value| !value.is_empty())?;
                format!("projects/{}/{of}/{value}", facts.number).into()
            }
            Made(make) => make(facts)?.into(),
            Fixed(value) => (*value).into(),
            Source::Tag(name) => match facts.attributes.find(name) {
                Some(Node::Leaf(Leaf::Text(text))) => text.clone(),
                _ => "".into(),
            },
            Attributes => return Some(Node::Directory(facts.attributes.clone())),
            ProjectAttributes => return Some(Node::Directory(facts.project_attributes.clone())),
            Guest => return facts.guest.clone().map(Node::Directory),
            Accounts => return facts.account.map(|account| Node::Directory(account.directory())),
            Nothing => return Some(Node::Directory(Directory::new(Naming::Predefined))),
        };
        self.kind.leaf(text).map(Node::Leaf)
    }
}

impl Type {
    fn leaf<'a>(self, text: Cow<'a, str>) -> Option<Leaf<'a>> {
        match self {
            Type::Number => Leaf::number(&text),
            Type::Mac => Some(Leaf::text(text.to_ascii_lowercase())),
            Type::List => Some(Leaf::List { items: items(&text), json: true }),
            Type::Text | Type::Directory => Some(Leaf::Text(text)),
        }
    }
}

/// The items of a list as people write it: a JSON array of texts, or words
/// between commas, blanks or line ends.
fn items<'a>(text: &str) -> Vec<Cow<'a, str>> {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(items) => items.into_iter().map(Cow::Owned).collect(),
        Err(_) => text
            .split(|between: char| between == ',' || between.is_whitespace())
            .filter(|item| !item.is_empty())
            .map(|item| Cow::Owned(item.to_owned()))
            .collect(),
    }
}

/// What a server of the protocol tells of a host's record: the leaf, the path of
/// the key, and whether the last segment of its value is meant. Its number is
/// left out: another platform's is no global server id.
pub fn told_back() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    KEYS.iter().filter(|key| key.kind != Number).filter_map(|key| match key.from {
        Host(leaf) => Some((leaf, key.path, false)),
        OfProject { leaf, .. } => Some((leaf, key.path, true)),
        _ => None,
    })
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
