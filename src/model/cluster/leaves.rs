//! The leaves of a new cluster beside its hosts.

use super::plan::{Draft, Leaf};
use crate::error::{Error, Result};
use crate::model::app::json::Json;
use crate::model::app::near;
use crate::model::app::property::Type;
use crate::model::app::role::EnvEntry;
use crate::model::host::Host;
use crate::model::ids;
use crate::model::mapping::{self, Mapping, NodeLinks, RoleEnv};
use crate::model::path::Path;
use crate::model::rule::{self, Mode, Rule, Rules};

/// What `--set-cluster` takes, below `cluster/`.
pub const SETTABLE: [&str; 9] = [
    "user_id",
    "cluster_tag",
    "app_id",
    "global_uuid",
    "api_server/host",
    "api_server/port",
    "api_server/protocol",
    "resource_limits/valid_volume_classes",
    "resource_limits/valid_instance_classes",
];

/// Checks a name for `--set-cluster`.
pub fn check_set(name: &str) -> Result<()> {
    if SETTABLE.contains(&name) {
        return Ok(());
    }
    let accepted = near::listed(SETTABLE);
    Err(Error::invalid(format!("`{name}` of a cluster cannot be set; accepted are {accepted}")))
}

/// What is below `cluster/` and `links/`.
pub(super) fn of_cluster(
    draft: &Draft<'_>,
    directory: &Path,
    uuid: &str,
    reserved: &[(String, String)],
) -> Result<Vec<Leaf>> {
    let mut leaves: Vec<(String, String)> = vec![
        ("cluster_id".into(), draft.id.clone()),
        ("global_uuid".into(), uuid.to_owned()),
        ("vxnet".into(), draft.vxnet.clone()),
        ("zone".into(), draft.zone.clone()),
    ];
    let app_id = draft.spec.app_id.clone().or_else(|| Some(app_id(draft.app?.name)));
    leaves.extend(app_id.map(|id| ("app_id".into(), id)));
    for endpoint in &draft.spec.endpoints {
        let name = format!("endpoints/{}", endpoint.name);
        leaves.push((format!("{name}/port"), endpoint.port.clone()));
        let protocol = endpoint.protocol.iter();
        leaves.extend(protocol.map(|protocol| (format!("{name}/protocol"), protocol.clone())));
    }
    for (name, ip) in reserved {
        leaves.push((format!("endpoints/reserved_ips/{name}/value"), ip.clone()));
    }
    for (name, value) in draft.set_cluster {
        leaves.retain(|(other, _)| other != name);
        leaves.push((name.clone(), value.clone()));
    }
    let own = directory.child("cluster")?;
    let mut all = Vec::new();
    for (name, value) in leaves {
        all.push((own.join(&name)?, value));
    }
    for (service, cluster) in linked(draft) {
        all.push((directory.child("links")?.child(service)?, cluster.to_owned()));
    }
    Ok(all)
}

/// An id for a package that names none, the same for all packages of that name.
fn app_id(name: &str) -> String {
    // FNV-1a: any hash would do that stays what it is.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ids::Draw::new(Some(hash)).id("app-")
}

fn linked<'a>(draft: &'a Draft<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    draft
        .spec
        .links
        .iter()
        .filter_map(|link| Some((link.service.as_str(), link.cluster.as_deref()?)))
}

/// The parameters: of all nodes below `env/`, of single roles below `role-env/R/`.
pub(super) fn of_env(draft: &Draft<'_>, directory: &Path) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    parameters(draft, None, &draft.spec.env, &directory.child("env")?, &mut leaves)?;
    for role in &draft.spec.roles {
        // A role without a name is the only one, and all parameters are its own.
        let top = match &role.name {
            Some(name) => directory.child("role-env")?.child(name)?,
            None => directory.child("env")?,
        };
        parameters(draft, role.name.as_deref(), &role.env, &top, &mut leaves)?;
    }
    // Where both name a parameter, the role's is meant.
    let mut last = std::collections::BTreeMap::new();
    leaves.into_iter().for_each(|(path, value)| {
        last.insert(path, value);
    });
    Ok(last.into_iter().collect())
}

fn parameters(
    draft: &Draft<'_>,
    role: Option<&str>,
    entries: &[EnvEntry],
    top: &Path,
    leaves: &mut Vec<Leaf>,
) -> Result<()> {
    for entry in entries {
        let path = top.child(&entry.key)?;
        let pair = draft.special.iter().any(|special| {
            special.role.as_deref() == role
                && special.key == entry.key
                && special.kind == Type::AccessKey
        });
        match &entry.value.value {
            Json::Object(_) | Json::Array(_) => flatten(&entry.value.value, path, leaves)?,
            scalar if pair => {
                leaves.push((path.child("access_key_id")?, scalar.leaf()));
                leaves.push((path.child("secret_access_key")?, String::new()));
            }
            scalar => leaves.push((path, scalar.leaf())),
        }
    }
    Ok(())
}

/// An object becomes a directory, a list one with the keys `0`, `1`, ….
pub fn flatten(value: &Json, path: Path, leaves: &mut Vec<Leaf>) -> Result<()> {
    match value {
        Json::Object(members) => {
            members.iter().try_for_each(|m| flatten(&m.node.value, path.child(&m.key)?, leaves))
        }
        Json::Array(elements) => elements.iter().enumerate().try_for_each(|(index, element)| {
            flatten(&element.value, path.child(&index.to_string())?, leaves)
        }),
        scalar => {
            leaves.push((path, scalar.leaf()));
            Ok(())
        }
    }
}

/// The mapping of every node, and a rule where the app's nodes may read
/// everything; and one leaf a node that must not be there before.
pub(super) fn of_access(
    draft: &Draft<'_>,
    directory: &Path,
    hosts: &[Host],
) -> Result<(Vec<Leaf>, Vec<Path>)> {
    let project = Path::parse("/projects")?.child(&draft.project)?;
    let mut links = Vec::new();
    for (service, cluster) in linked(draft) {
        links.push((service.to_owned(), draft.cluster_root.child(cluster)?));
    }
    let keys = |entries: &[EnvEntry]| entries.iter().map(|entry| entry.key.clone()).collect();
    let cluster_keys: Vec<String> = keys(&draft.spec.env);
    let own_keys: Vec<(&str, Vec<String>)> = draft
        .spec
        .roles
        .iter()
        .filter_map(|role| Some((role.name.as_deref()?, keys(&role.env))))
        .filter(|(_, keys): &(&str, Vec<String>)| !keys.is_empty())
        .collect();
    let all = Rules(vec![Rule { path: Path::root(), mode: Mode::Read }]).to_json();
    let mut access = Vec::new();
    let mut unmapped = Vec::new();
    for host in hosts {
        let own = own_keys.iter().find(|(role, _)| host.env_role.as_deref() == Some(*role));
        let mapping = Mapping::of_node(&NodeLinks {
            cluster: directory,
            record: &host.record(directory)?,
            instance_id: &host.instance_id,
            project: &project,
            links: &links,
            role_env: own.map(|(role, keys)| RoleEnv { role, keys, cluster_keys: &cluster_keys }),
        })?;
        let top = mapping::directory(&draft.group, &host.ip)?;
        let leaves = mapping.leaves(&top)?;
        access.extend(leaves.into_iter().map(|(path, real)| (path, real.to_owned())));
        unmapped.push(top.child("host")?);
        if draft.spec.metadata_root_access {
            let rule = Path::parse(rule::ROOT)?.child(&draft.group)?.child(&host.ip)?;
            access.push((rule, all.clone()));
        }
    }
    Ok((access, unmapped))
}
