//! The phases of operations that nodes go through: which of an app's commands
//! run when, and where. The order is that of the platform's life cycle.

use crate::model::app::known::App;
use crate::model::app::role::Role;
use crate::model::operation::{Node, Work};

/// Commands that nodes run before a phase counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commands {
    pub what: What,
    pub on: On,
    /// Whether a user who insists may go on when one fails.
    pub may_fail: bool,
}

/// Which commands of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `cmd` of a service.
    Service(&'static str),
    /// `pre_check` of a service.
    PreCheck(&'static str),
    /// The command whose output becomes a node's `token`.
    CustomMetadata,
}

/// On which nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    All,
    /// Those that the operation is about.
    Named,
    /// One of those, counted from 0.
    One(usize),
    /// All but those.
    Others,
}

const PRE_CHECK: &str = "pre-check";
/// The phase that gives new nodes their `token`.
pub const CUSTOM_METADATA: &str = "custom-metadata";

/// The commands of a phase; none for a phase of the tree alone.
pub fn commands(work: &Work, phase: &str) -> Option<Commands> {
    let (name, number) = match phase.rsplit_once('-') {
        Some((name, digits)) => match digits.parse::<usize>() {
            Ok(number) => (name, Some(number.saturating_sub(1))),
            Err(_) => (phase, None),
        },
        None => (phase, None),
    };
    let plain = |what, on| Some(Commands { what, on, may_fail: false });
    let leaving =
        |service| Some(Commands { what: What::Service(service), on: On::Named, may_fail: true });
    match (work, name) {
        (Work::ScaleOut { .. }, PRE_CHECK) => plain(What::PreCheck("scale_out"), On::Others),
        (Work::ScaleOut { .. }, "scale-out") => plain(What::Service("scale_out"), On::Others),
        (Work::ScaleIn, PRE_CHECK) => plain(What::PreCheck("scale_in"), On::Others),
        (Work::ScaleIn, "scale-in") => plain(What::Service("scale_in"), On::Others),
        (Work::ScaleIn | Work::Delete, "destroy") => leaving("destroy"),
        (Work::ScaleIn | Work::Delete, "stop") => leaving("stop"),
        (Work::Upgrade { .. }, "upgrade") => plain(What::Service("upgrade"), On::All),
        (Work::Start { .. }, "start") => plain(What::Service("start"), On::All),
        (Work::Stop, "stop") => plain(What::Service("stop"), On::All),
        (_, CUSTOM_METADATA) => plain(What::CustomMetadata, On::Named),
        (_, "init") => plain(What::Service("init"), On::Named),
        (_, "start") => plain(What::Service("start"), number.map_or(On::Named, On::One)),
        (_, "stop") => plain(What::Service("stop"), number.map_or(On::Named, On::One)),
        _ => None,
    }
}

/// The phases of the tree with those of the app's commands among them, as far
/// as the app has such commands.
pub fn with_commands(work: &Work, tree: Vec<String>, nodes: &[Node], app: &App) -> Vec<String> {
    let concerned = Concerned::of(work, nodes, app);
    let mut all = Vec::new();
    let mut add = |there: bool, name: String| all.extend(there.then_some(name));
    match work {
        Work::ScaleOut { .. } | Work::ScaleIn => {
            let (service, phase) = match work {
                Work::ScaleIn => ("scale_in", "scale-in"),
                _ => ("scale_out", "scale-out"),
            };
            let check = |role: &Role| {
                role.services.get(service).is_some_and(|service| service.pre_check.is_some())
            };
            add(app.spec.roles.iter().any(check), PRE_CHECK.to_owned());
            let mut tree = tree.into_iter();
            add(true, tree.next().unwrap_or_default());
            if *work != Work::ScaleIn {
                concerned.coming().into_iter().for_each(|name| add(true, name));
            }
            add(app.spec.roles.iter().any(|role| has(role, service)), phase.to_owned());
            if *work == Work::ScaleIn {
                concerned.leaving().into_iter().for_each(|name| add(true, name));
            }
            tree.for_each(|name| add(true, name));
        }
        Work::ScaleUp { .. } => {
            for name in tree {
                let number = name.strip_prefix("resize").map(str::to_owned);
                for (service, before) in [("stop", true), ("start", false)] {
                    if !before {
                        add(true, name.clone());
                    }
                    if let Some(number) = &number {
                        add(concerned.has(service), format!("{service}{number}"));
                    }
                }
            }
        }
        Work::Stop | Work::Start { .. } | Work::Upgrade { .. } => {
            let service = match work {
                Work::Stop => "stop",
                Work::Start { .. } => "start",
                _ => "upgrade",
            };
            let mut tree = tree.into_iter();
            add(true, tree.next().unwrap_or_default());
            add(concerned.has(service), service.to_owned());
            tree.for_each(|name| add(true, name));
        }
        Work::Create => concerned.coming().into_iter().for_each(|name| add(true, name)),
        Work::Delete => concerned.leaving().into_iter().for_each(|name| add(true, name)),
    }
    all
}

/// Whether nobody may insist that nodes leave whose `destroy` fails.
pub fn forbids_force(work: &Work, nodes: &[Node], app: &App) -> bool {
    let concerned = Concerned::of(work, nodes, app);
    let forbids =
        |role: &&Role| role.services.get("destroy").is_some_and(|destroy| !destroy.allow_force);
    concerned.0.iter().any(forbids)
}

/// The roles whose nodes an operation is about.
struct Concerned<'a>(Vec<&'a Role>);

impl<'a> Concerned<'a> {
    fn of(work: &Work, nodes: &[Node], app: &'a App) -> Concerned<'a> {
        let all = || app.spec.roles.iter().collect();
        Concerned(match work {
            Work::ScaleOut { role, .. } => app.role(role.as_deref()).into_iter().collect(),
            Work::ScaleIn | Work::ScaleUp { .. } => {
                let named = |role: &&Role| {
                    let is = |node: &Node| {
                        app.role(node.role.as_deref()).is_some_and(|one| one.name == role.name)
                    };
                    nodes.iter().any(is)
                };
                app.spec.roles.iter().filter(named).collect()
            }
            _ => all(),
        })
    }

    fn has(&self, service: &str) -> bool {
        self.0.iter().any(|role| has(role, service))
    }

    /// What nodes go through that are new.
    fn coming(&self) -> Vec<String> {
        let late =
            |role: &&Role| role.services.get("init").is_some_and(|init| init.post_start_service);
        let order = if self.0.iter().any(late) { ["start", "init"] } else { ["init", "start"] };
        let token = self.0.iter().any(|role| role.custom_metadata.is_some());
        let mut names: Vec<String> =
            order.into_iter().filter(|name| self.has(name)).map(str::to_owned).collect();
        if token {
            // Its output is there before the node starts.
            let start = names.iter().position(|name| name == "start").unwrap_or(names.len());
            names.insert(start, CUSTOM_METADATA.to_owned());
        }
        names
    }

    /// What nodes go through that leave.
    fn leaving(&self) -> Vec<String> {
        let late = |role: &&Role| {
            role.services.get("destroy").is_some_and(|destroy| destroy.post_stop_service)
        };
        let order = if self.0.iter().any(late) { ["stop", "destroy"] } else { ["destroy", "stop"] };
        order.into_iter().filter(|name| self.has(name)).map(str::to_owned).collect()
    }
}

fn has(role: &Role, service: &str) -> bool {
    let cmd = role.services.get(service).and_then(|service| service.cmd.as_ref());
    cmd.is_some_and(|cmd| !cmd.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::app::package::Package;
    use crate::model::operation::Sizes;

    fn app(template: &str) -> App {
        App::of(&Package {
            name: "x".to_owned(),
            config: r#"{"type": "array", "properties": []}"#.to_owned(),
            template: template.to_owned(),
        })
        .unwrap()
    }

    const APP: &str = r#"{"nodes": [
        {"role": "m", "count": 1, "services": {
            "init": {"cmd": "i", "post_start_service": true}, "start": {"cmd": "s"},
            "stop": {"cmd": "p"}, "destroy": {"cmd": "d", "allow_force": false},
            "scale_out": {"cmd": "o", "pre_check": "c"}, "upgrade": {"cmd": "u"}},
         "custom_metadata": {"cmd": "t"}},
        {"role": "w", "count": 1, "services": {"start": {"cmd": "s"}}}]}"#;

    fn phases(work: &Work, tree: &[&str], role: &str) -> String {
        let node = Node {
            role: Some(role.to_owned()),
            ip: String::new(),
            sid: 1,
            gid: 1,
            gsid: String::new(),
            instance_id: String::new(),
            node_id: String::new(),
        };
        let tree = tree.iter().map(|name| (*name).to_owned()).collect();
        let all = with_commands(work, tree, &[node], &app(APP));
        assert!(
            all.iter()
                .filter(|name| !["register", "complete", "remove"].contains(&name.as_str())
                    && !name.starts_with("resize"))
                .all(|name| commands(work, name).is_some()),
            "{all:?}"
        );
        all.join(" ")
    }

    fn out(role: &str) -> Work {
        Work::ScaleOut { role: Some(role.to_owned()), count: 1, size: Sizes::default() }
    }

    #[test]
    fn commands_stand_in_the_order_of_the_life_cycle() {
        let tree = ["register", "complete"];
        assert_eq!(
            phases(&out("m"), &tree, "m"),
            "pre-check register custom-metadata start init scale-out complete"
        );
        assert_eq!(phases(&out("w"), &tree, "w"), "pre-check register start scale-out complete");
        let tree = ["register", "remove"];
        assert_eq!(phases(&Work::ScaleIn, &tree, "m-replica"), "register destroy stop remove");
        assert_eq!(phases(&Work::ScaleIn, &tree, "w"), "register remove");
        let up = Work::ScaleUp { role: None, size: Sizes::default(), sequential: true };
        let tree = ["register", "resize-1", "resize-2", "complete"];
        assert_eq!(
            phases(&up, &tree, "m"),
            "register stop-1 resize-1 start-1 stop-2 resize-2 start-2 complete"
        );
        let tree = ["register", "complete"];
        let start = Work::Start { keep_ids: false, renamed: BTreeMap::new() };
        assert_eq!(phases(&start, &tree, "m"), "register start complete");
        assert_eq!(phases(&Work::Stop, &tree, "m"), "register stop complete");
        assert_eq!(phases(&Work::Create, &[], "m"), "custom-metadata start init");
        assert_eq!(phases(&Work::Delete, &[], "m"), "destroy stop");
    }

    #[test]
    fn who_runs_what_is_known_by_the_name() {
        let up = Work::ScaleUp { role: None, size: Sizes::default(), sequential: true };
        let stop = commands(&up, "stop-2").unwrap();
        assert_eq!((stop.what, stop.on), (What::Service("stop"), On::One(1)));
        let check = commands(&out("m"), "pre-check").unwrap();
        assert_eq!((check.what, check.on), (What::PreCheck("scale_out"), On::Others));
        assert!(commands(&Work::ScaleIn, "destroy").unwrap().may_fail);
        assert_eq!(commands(&Work::Stop, "stop").unwrap().on, On::All);
        assert_eq!(commands(&out("m"), "register"), None);
    }

    #[test]
    fn an_app_may_forbid_that_nodes_are_forced_out() {
        assert!(forbids_force(&Work::Delete, &[], &app(APP)));
        assert!(!forbids_force(&out("w"), &[], &app(APP)));
    }
}
