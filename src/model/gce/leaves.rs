//! What a server of the protocol tells, as leaves of a tree like any other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{names, table};
use crate::model::path::Path;

/// Fields that hold several values and are no directories.
const LISTS: [&str; 5] = ["aliases", "dns-servers", "scopes", "tags", "target-instance-ips"];

/// Leaves by their paths.
pub type Leaves = BTreeMap<Path, String>;

/// The leaves of a whole tree in its recursive JSON form, and what they tell of
/// `/self/host` and `/self/project`.
///
/// Paths are spelt as in URLs; a list of values is a leaf that holds it as JSON.
pub fn read(tree: &Value) -> Leaves {
    let mut leaves = Leaves::new();
    walk(&Path::root(), tree, &mut leaves);
    let told = told(&leaves);
    leaves.extend(told);
    leaves
}

fn walk(path: &Path, value: &Value, leaves: &mut Leaves) {
    let mut below = |name: &str, value: &Value| {
        // A name that can be no segment is left out, as everywhere.
        if let Ok(child) = path.child(name) {
            walk(&child, value, leaves);
        }
    };
    match value {
        Value::Object(object) => {
            let own = names::are_users_own(path.as_str().trim_start_matches('/'));
            for (name, value) in object {
                let name = if own { Cow::Borrowed(name.as_str()) } else { names::kebab(name) };
                below(&name, value);
            }
        }
        Value::Array(items) if !path.name().is_some_and(|name| LISTS.contains(&name)) => {
            items.iter().enumerate().for_each(|(index, value)| below(&index.to_string(), value));
        }
        Value::String(text) => drop(leaves.insert(path.clone(), text.clone())),
        Value::Null => drop(leaves.insert(path.clone(), String::new())),
        value => drop(leaves.insert(path.clone(), value.to_string())),
    }
}

/// `/self/…`, by the table that the other direction is served from.
fn told(leaves: &Leaves) -> Vec<(Path, String)> {
    let host = table::told_back().filter_map(|(name, from, last)| {
        let value = leaves.get(format!("/{from}").as_str())?;
        let value = if last { value.rsplit('/').next().unwrap_or_default() } else { value };
        Some((Path::from_stored(&format!("/self/host/{name}"))?, value.to_owned()))
    });
    let attributes = leaves.iter().filter_map(|(path, value)| {
        let at = [("/instance/attributes/", "host"), ("/project/attributes/", "project")];
        let (key, owner) =
            at.iter().find_map(|(top, owner)| Some((path.as_str().strip_prefix(top)?, owner)))?;
        let path = Path::from_stored(&format!("/self/{owner}/attributes/{key}"))?;
        Some((path, value.clone()))
    });
    host.chain(attributes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_leaves_spelt_as_in_urls() {
        let tree = r#"{"instance": {
            "attributes": {"My-Key": "v", "camelCase": "w"},
            "id": 18446744073709551615,
            "name": "vm",
            "networkInterfaces": [{"accessConfigs": [{"externalIp": "1.2.3.4"}],
                "forwardedIps": ["10.0.0.9"], "ip": "10.0.0.1", "mac": "42:01:0a:00:00:01"}],
            "serviceAccounts": {"robotA@x.y": {"aliases": ["default"]}},
            "tags": [], "zone": "projects/1/zones/z-a"},
            "project": {"attributes": {"k": "p"}, "numericProjectId": 1}}"#;
        let leaves = read(&serde_json::from_str(tree).unwrap());
        let shown: Vec<_> = leaves.iter().map(|(path, value)| format!("{path} {value}")).collect();
        assert_eq!(
            shown,
            [
                "/instance/attributes/My-Key v",
                "/instance/attributes/camelCase w",
                "/instance/id 18446744073709551615",
                "/instance/name vm",
                "/instance/network-interfaces/0/access-configs/0/external-ip 1.2.3.4",
                "/instance/network-interfaces/0/forwarded-ips/0 10.0.0.9",
                "/instance/network-interfaces/0/ip 10.0.0.1",
                "/instance/network-interfaces/0/mac 42:01:0a:00:00:01",
                r#"/instance/service-accounts/robotA@x.y/aliases ["default"]"#,
                "/instance/tags []",
                "/instance/zone projects/1/zones/z-a",
                "/project/attributes/k p",
                "/project/numeric-project-id 1",
                "/self/host/attributes/My-Key v",
                "/self/host/attributes/camelCase w",
                "/self/host/eip 1.2.3.4",
                "/self/host/instance_id vm",
                "/self/host/ip 10.0.0.1",
                "/self/host/mac 42:01:0a:00:00:01",
                "/self/host/zone z-a",
                "/self/project/attributes/k p",
            ]
        );
    }
}
