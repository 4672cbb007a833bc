//! The app's own services: which nodes run what.

use std::collections::BTreeMap;

use super::targets;
use crate::error::{Error, Result};
use crate::model::app::role::{REPLICA, Role};
use crate::model::command::Step;
use crate::model::lifecycle;
use crate::ops::cluster::app;
use crate::ops::view::View;
use crate::store::At;

/// A service as a person asks for it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub name: String,
    /// Only on nodes of these roles, their replicas among them.
    pub roles: Vec<String>,
    pub params: BTreeMap<String, String>,
}

/// The steps of a service of the cluster's app, with their one JSON argument.
///
/// `NotFound` when the app or the service is not known, or no node has it;
/// `Invalid` when a parameter is not accepted.
pub async fn steps(view: &View, cluster: &str, wanted: &Wanted) -> Result<Vec<Step>> {
    let name = &wanted.name;
    let nodes = targets::of_cluster(view, cluster).await?;
    let app = app::known(view, cluster, At::Latest).await?.ok_or_else(|| {
        Error::not_found(format!("of cluster `{cluster}` no app is known, and so no service"))
            .hint("Send a command instead: `metactl cmd send --all -- COMMAND`")
    })?;
    app.check_service(name, &wanted.params).map_err(|why| {
        let unknown = !app.custom_services().contains(name.as_str());
        if unknown { Error::not_found(why) } else { Error::invalid(why) }
    })?;
    let mut arguments = BTreeMap::new();
    for role in app.spec.roles.iter().filter(|role| is_custom(role, name)) {
        let argument = app.argument(role, name, &wanted.params);
        let argument =
            argument.map_err(|why| Error::invalid(format!("service `{name}`: {why}")))?;
        arguments.insert(role.name.clone(), argument);
    }
    let picked = |role: &str| {
        let master = role.strip_suffix(REPLICA).unwrap_or(role);
        wanted.roles.is_empty() || wanted.roles.iter().any(|one| one == role || one == master)
    };
    let nodes: Vec<_> = nodes.into_iter().filter(|node| picked(&node.role)).collect();
    let mut steps = lifecycle::service_with(&app, &nodes, name, |role| {
        arguments.get(&role.name).cloned().flatten()
    });
    // A role may have a service of that name that is the platform's.
    steps.retain(|step| {
        let role = step.nodes.first().and_then(|node| app.role(Some(&node.role)));
        role.is_some_and(|role| is_custom(role, name))
    });
    if steps.is_empty() {
        let roles: Vec<&str> =
            arguments.keys().map(|role| role.as_deref().unwrap_or_default()).collect();
        return Err(Error::not_found(format!(
            "no node that was chosen has service `{name}`; roles that have it: `{}`",
            roles.join("`, `")
        )));
    }
    Ok(steps)
}

fn is_custom(role: &Role, name: &str) -> bool {
    role.services.get(name).is_some_and(|service| service.custom)
}
