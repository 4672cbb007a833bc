//! The commands that a role's nodes run at points of their life.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::json::Node;
use super::problem::Fault;

/// The longest time a command may take, in seconds.
pub const MAX_TIMEOUT: u32 = 86_400;

/// One entry of `services`: `init`, `start`, `scale_out`, or one of the app's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    pub cmd: Option<String>,
    /// Roles run it in ascending order; 0 by default.
    pub order: i64,
    /// In seconds.
    pub timeout: Option<u32>,
    /// How many nodes of the role run it; all by default.
    pub nodes_to_execute_on: Option<u32>,
    pub pre_check: Option<String>,
    pub post_start_service: bool,
    pub post_stop_service: bool,
    pub allow_force: bool,
    /// Whether it is one of the app's own, run on demand.
    pub custom: bool,
}

/// Reads `services` of a role.
pub fn read(role: &Fields<'_>, faults: &mut Vec<Fault>) -> BTreeMap<String, Service> {
    role.members("services", faults)
        .iter()
        .filter_map(|member| {
            let path = format!("{}.{}", role.path_of("services"), member.key);
            Some((member.key.clone(), service(&member.node, &path, faults)?))
        })
        .collect()
}

/// Reads `custom_metadata` of a role: a command without a point of life of its own.
pub fn custom_metadata(role: &Fields<'_>, faults: &mut Vec<Fault>) -> Option<Service> {
    // A wrong type is told; an empty object is none.
    role.members("custom_metadata", faults);
    let node = role.get("custom_metadata")?;
    let path = role.path_of("custom_metadata");
    service(node, &path, faults).filter(|service| service.cmd.is_some())
}

fn service(node: &Node, path: &str, faults: &mut Vec<Fault>) -> Option<Service> {
    let fields = Fields::of(node, path, faults)?;
    let timeout = fields.count("timeout", faults);
    if let Some(seconds) = timeout.filter(|seconds| *seconds > MAX_TIMEOUT) {
        let at = fields.get("timeout").map_or(node.start, |node| node.start);
        let message = format!("is {seconds}; at most {MAX_TIMEOUT} seconds are accepted");
        faults.push(Fault::new(at, fields.path_of("timeout"), message));
    }
    let order = match fields.number("order", faults) {
        Some(order) => order as i64,
        None => 0,
    };
    // Only their type is of interest here: the parameters are asked for at each run.
    fields.members("service_params", faults);
    Some(Service {
        cmd: fields.text("cmd", faults).map(str::to_owned),
        order,
        timeout,
        nodes_to_execute_on: fields.count("nodes_to_execute_on", faults),
        pre_check: fields.text("pre_check", faults).map(str::to_owned),
        post_start_service: fields.boolean("post_start_service", faults).unwrap_or(false),
        post_stop_service: fields.boolean("post_stop_service", faults).unwrap_or(false),
        allow_force: fields.boolean("allow_force", faults).unwrap_or(true),
        custom: fields.text("type", faults) == Some("custom"),
    })
}
