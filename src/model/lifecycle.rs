//! What an app's services mean for the nodes that are there: which of them run
//! what, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::app::known::App;
use super::app::role::Role;
use super::app::service::Service;
use super::command::order::{MAX_TIMEOUT, TIMEOUT};
use super::command::{Step, Target};
use super::shell;

/// The steps of a service: one for each role that has it, in stages by `order`
/// (the same order in the same stage), on `nodes_to_execute_on` nodes of the
/// lowest server ids where that is said. Replicas run what their masters run.
///
/// Empty when no role has a command for it.
pub fn service(app: &App, nodes: &[Target], name: &str) -> Vec<Step> {
    steps(app, nodes, |role| Some(found(role, name)?.command()))
}

/// The same with one more argument for the command, as custom services get it.
pub fn service_with(
    app: &App,
    nodes: &[Target],
    name: &str,
    argument: impl Fn(&Role) -> Option<String>,
) -> Vec<Step> {
    steps(app, nodes, |role| {
        let mut found = found(role, name)?.command();
        if let Some(argument) = argument(role) {
            found.command = format!("{} {}", found.command, shell::quote(&argument));
        }
        Some(found)
    })
}

/// The steps of a service's `pre_check`, which go on when all end with 0.
pub fn pre_check(app: &App, nodes: &[Target], name: &str) -> Vec<Step> {
    steps(app, nodes, |role| {
        let service = role.services.get(name)?;
        Some(Command { command: service.pre_check.clone()?, ..of(service) })
    })
}

/// The steps of the commands whose output becomes a node's `token`.
pub fn custom_metadata(app: &App, nodes: &[Target]) -> Vec<Step> {
    steps(app, nodes, |role| Some(Found(role.custom_metadata.as_ref()?).command()))
}

/// A service that has a command.
struct Found<'a>(&'a Service);

fn found<'a>(role: &'a Role, name: &str) -> Option<Found<'a>> {
    role.services.get(name).filter(|service| has_command(service)).map(Found)
}

fn has_command(service: &Service) -> bool {
    service.cmd.as_ref().is_some_and(|cmd| !cmd.trim().is_empty())
}

/// What the nodes of a role run.
struct Command {
    command: String,
    order: i64,
    timeout: u32,
    most: Option<u32>,
}

impl Found<'_> {
    fn command(&self) -> Command {
        Command { command: self.0.cmd.clone().unwrap_or_default(), ..of(self.0) }
    }
}

fn of(service: &Service) -> Command {
    Command {
        command: String::new(),
        order: service.order,
        timeout: service.timeout.filter(|seconds| *seconds > 0).unwrap_or(TIMEOUT).min(MAX_TIMEOUT),
        // 0 is what templates say for "all".
        most: service.nodes_to_execute_on.filter(|most| *most > 0),
    }
}

fn steps(app: &App, nodes: &[Target], command: impl Fn(&Role) -> Option<Command>) -> Vec<Step> {
    // Masters and replicas are nodes of one role of the app.
    let mut by_role: BTreeMap<Option<&str>, (&Role, Vec<&Target>)> = BTreeMap::new();
    for node in nodes {
        let Some(role) = app.role(Some(node.role.as_str()).filter(|name| !name.is_empty())) else {
            continue;
        };
        by_role.entry(role.name.as_deref()).or_insert((role, Vec::new())).1.push(node);
    }
    let mut found: Vec<(Command, Vec<&Target>)> = by_role
        .into_values()
        .filter_map(|(role, nodes)| Some((command(role)?, nodes)))
        .filter(|(command, _)| !command.command.trim().is_empty())
        .collect();
    found.sort_by_key(|(command, _)| command.order);
    let orders: BTreeSet<i64> = found.iter().map(|(command, _)| command.order).collect();
    let stage = |order: i64| orders.iter().take_while(|one| **one < order).count();
    let step = |(command, mut nodes): (Command, Vec<&Target>)| {
        nodes.sort_by(|one, other| (one.sid, &one.node_id).cmp(&(other.sid, &other.node_id)));
        nodes.truncate(command.most.map_or(usize::MAX, |most| most as usize));
        Step {
            stage: u32::try_from(stage(command.order)).unwrap_or(u32::MAX),
            command: command.command,
            timeout: command.timeout,
            nodes: nodes.into_iter().cloned().collect(),
        }
    };
    found.into_iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::app::package::Package;

    const TEMPLATE: &str = r#"{"nodes": [
        {"role": "shard", "count": 2, "replica": 1, "services": {
            "start": {"order": 2, "cmd": "start shard"}, "stop": {"cmd": "stop", "timeout": 9},
            "scale_out": {"cmd": "grow", "pre_check": "ready", "nodes_to_execute_on": 1},
            "own": {"type": "custom", "cmd": "do it"}},
         "custom_metadata": {"cmd": "token", "timeout": 7}},
        {"role": "web", "count": 1, "services": {"start": {"order": -1, "cmd": "start web"}}},
        {"role": "idle", "count": 1, "services": {"start": {"order": 2, "cmd": "start idle"}}}]}"#;

    fn app() -> App {
        App::of(&Package {
            name: "x".to_owned(),
            config: r#"{"type": "array", "properties": []}"#.to_owned(),
            template: TEMPLATE.to_owned(),
        })
        .unwrap()
    }

    fn nodes() -> Vec<Target> {
        let node = |(role, sid): (&str, u32)| Target {
            node_id: format!("cln-{sid}"),
            role: role.to_owned(),
            sid,
            ..Target::default()
        };
        [("web", 9), ("shard-replica", 2), ("shard", 3), ("shard", 1), ("idle", 4)].map(node).into()
    }

    /// Stage, command, time limit and server ids of each step.
    fn told(steps: Vec<Step>) -> Vec<String> {
        let sids = |step: &Step| step.nodes.iter().map(|node| node.sid).collect::<Vec<_>>();
        steps
            .iter()
            .map(|step| {
                format!("{} {} {}s {:?}", step.stage, step.command, step.timeout, sids(step))
            })
            .collect()
    }

    #[test]
    fn roles_come_in_their_order() {
        assert_eq!(
            told(service(&app(), &nodes(), "start")),
            ["0 start web 600s [9]", "1 start idle 600s [4]", "1 start shard 600s [1, 2, 3]"]
        );
        assert_eq!(told(service(&app(), &nodes(), "stop")), ["0 stop 9s [1, 2, 3]"]);
        assert!(service(&app(), &nodes(), "destroy").is_empty());
    }

    #[test]
    fn checks_limits_and_arguments_have_their_place() {
        assert_eq!(told(pre_check(&app(), &nodes(), "scale_out")), ["0 ready 600s [1]"]);
        assert_eq!(told(service(&app(), &nodes(), "scale_out")), ["0 grow 600s [1]"]);
        assert_eq!(told(custom_metadata(&app(), &nodes())), ["0 token 7s [1, 2, 3]"]);
        let with = service_with(&app(), &nodes(), "own", |_| Some("{\"a\":\"it's\"}".to_owned()));
        assert_eq!(told(with), [r#"0 do it '{"a":"it'\''s"}' 600s [1, 2, 3]"#]);
    }
}
