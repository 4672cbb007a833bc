//! The nodes of one role, as an app wants them.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::json::{Json, Node};
use super::problem::Fault;
use super::service::{self, Service};

/// The end of the name of the role that replicas have.
pub const REPLICA: &str = "-replica";

/// One entry of `nodes`.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// None in an app without roles.
    pub name: Option<String>,
    /// How many nodes; with replicas, how many groups of a master and its replicas.
    pub count: u32,
    /// How many replicas each node has.
    pub replica: u32,
    pub size: Size,
    /// Whether the nodes get a key pair to reach others without a passphrase.
    pub passphraseless: bool,
    /// The largest server id a node may have.
    pub server_id_upper_bound: Option<u32>,
    /// Parameters of this role alone, in the order of the file.
    pub env: Vec<EnvEntry>,
    /// Addresses set aside for the role, such as a virtual ip; empty when the
    /// app names none.
    pub reserved_ips: Vec<(String, String)>,
    pub services: BTreeMap<String, Service>,
    /// The command whose output becomes a node's `token`.
    pub custom_metadata: Option<Service>,
    /// Whether its nodes are resized one after another.
    pub sequential: bool,
    /// What else users may do to its nodes, such as `scale_horizontal`.
    pub advanced_actions: Vec<String>,
}

/// How large a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    pub cpu: u32,
    pub gpu: u32,
    /// In MiB.
    pub memory: u32,
    /// In GiB.
    pub volume_size: u32,
    pub instance_class: u32,
    pub gpu_class: u32,
    pub volume_class: u32,
}

/// What a node is that nobody gave a size: 1 CPU, 1024 MiB, a volume of 10 GiB.
impl Default for Size {
    fn default() -> Size {
        Size {
            cpu: 1,
            gpu: 0,
            memory: 1024,
            volume_size: 10,
            instance_class: 0,
            gpu_class: 0,
            volume_class: 0,
        }
    }
}

/// One parameter: its key and where its value stands.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvEntry {
    pub key: String,
    pub value: Node,
}

impl Role {
    /// The name of the role that the replicas have.
    pub fn replica_name(&self) -> Option<String> {
        self.name.as_ref().map(|name| format!("{name}{REPLICA}"))
    }

    /// How many nodes in all.
    pub fn nodes(&self) -> u64 {
        u64::from(self.count) * (u64::from(self.replica) + 1)
    }
}

/// Reads one entry of `nodes`; `path` is where it stands, `nodes[0]`.
pub fn read(node: &Node, path: &str, faults: &mut Vec<Fault>) -> Option<Role> {
    let fields = Fields::of(node, path, faults)?;
    let count = fields.count("count", faults);
    if count.is_none() && fields.get("count").is_none() {
        faults.push(Fault::new(node.start, fields.path_of("count"), "is missing; how many nodes?"));
    }
    let role = Role {
        name: name(&fields, faults),
        count: count.unwrap_or(0),
        replica: fields.count("replica", faults).unwrap_or(0),
        size: size(&fields, faults),
        passphraseless: passphraseless(&fields, faults),
        server_id_upper_bound: fields.count("server_id_upper_bound", faults).filter(|id| *id > 0),
        env: env(&fields, faults),
        reserved_ips: reserved_ips(&fields, faults),
        services: service::read(&fields, faults),
        custom_metadata: service::custom_metadata(&fields, faults),
        sequential: fields.text("vertical_scaling_policy", faults) == Some("sequential"),
        advanced_actions: advanced_actions(&fields, faults),
    };
    // Kept for the platform, but a wrong type is told here too.
    fields.members("container", faults);
    fields.members("health_check", faults);
    if role.replica > 0 && role.name.is_none() {
        let message = "has replicas, so it needs a `role`: theirs is named after it";
        faults.push(Fault::new(node.start, path, message));
    }
    Some(role)
}

fn name(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Option<String> {
    let name = fields.text("role", faults).filter(|name| !name.is_empty())?;
    if let Err(why) = check_name(name) {
        let at = fields.get("role").map_or(fields.at(), |node| node.start);
        faults.push(Fault::new(at, fields.path_of("role"), why));
    }
    Some(name.to_owned())
}

/// Whether a role can have that name: one segment of a path, which the names of
/// instances and of replicas cannot be mistaken for.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.ends_with(REPLICA) {
        return Err(format!("is `{name}`; names that end in `{REPLICA}` are those of replicas"));
    }
    let accepted = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(accepted) {
        return Err(format!("is `{name}`; letters, digits, `_`, `-` and `.` are accepted"));
    }
    if name.starts_with("i-") {
        return Err(format!("is `{name}`; names that start with `i-` are those of instances"));
    }
    Ok(())
}

fn size(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Size {
    let usual = Size::default();
    let mut size = Size {
        cpu: fields.count("cpu", faults).unwrap_or(usual.cpu),
        gpu: fields.count("gpu", faults).unwrap_or(usual.gpu),
        memory: fields.count("memory", faults).unwrap_or(usual.memory),
        instance_class: fields.count("instance_class", faults).unwrap_or(usual.instance_class),
        gpu_class: fields.count("gpu_class", faults).unwrap_or(usual.gpu_class),
        // A role without `volume` has no data disk.
        volume_size: 0,
        volume_class: 0,
    };
    if let Some(volume) = fields.get("volume")
        && let Some(volume) = Fields::of(volume, &fields.path_of("volume"), faults)
    {
        size.volume_size = volume.count("size", faults).unwrap_or(usual.volume_size);
        size.volume_class = volume.count("class", faults).unwrap_or(usual.volume_class);
    }
    size
}

/// The type of key (`ssh-rsa`, `ssh-dsa`), or just whether.
fn passphraseless(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> bool {
    match fields.get("passphraseless").map(|node| &node.value) {
        None => false,
        Some(Json::Bool(wanted)) => *wanted,
        Some(_) => fields.text("passphraseless", faults).is_some_and(|kind| !kind.is_empty()),
    }
}

/// Reads `advanced_actions` of a role or of the whole app.
pub fn advanced_actions(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Vec<String> {
    let actions = fields.list("advanced_actions", faults).unwrap_or_default();
    actions.iter().map(|action| action.value.leaf()).collect()
}

/// Reads `env` of a role or of the whole app.
pub fn env(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Vec<EnvEntry> {
    let mut entries = Vec::new();
    for member in fields.members("env", faults) {
        if member.key.is_empty() || member.key.chars().any(|c| c == '/' || c.is_control()) {
            let path = format!("{}.{}", fields.path_of("env"), member.key);
            let message = "is no name of a parameter: it is empty or holds `/`";
            faults.push(Fault::new(member.key_start, path, message));
            continue;
        }
        entries.push(EnvEntry { key: member.key.clone(), value: member.node.clone() });
    }
    entries
}

/// Reads `reserved_ips`: names, each with the address that the app wants, or none.
pub fn reserved_ips(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
    let mut ips = Vec::new();
    for member in fields.members("reserved_ips", faults) {
        let path = format!("{}.{}", fields.path_of("reserved_ips"), member.key);
        let Some(inner) = Fields::of(&member.node, &path, faults) else { continue };
        let value = inner.text("value", faults).unwrap_or_default();
        if !value.is_empty() && value.parse::<std::net::Ipv4Addr>().is_err() {
            let message = format!("is `{value}`; an ip address, or nothing, is accepted");
            faults.push(Fault::new(member.node.start, inner.path_of("value"), message));
        }
        ips.push((member.key.clone(), value.to_owned()));
    }
    ips
}
