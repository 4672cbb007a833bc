//! An order: a command for some nodes of a cluster, and where its records are.
//!
//! ```text
//! /_metactl/cmd/<cluster>              the ids of the cluster's commands, oldest first
//! /_metactl/cmd/<id>/order             who has ordered what for whom
//! /_metactl/cmd/<id>/<node_id>         what became of it on that node
//! /_metactl/cmd/output/<id>/<node_id>  the end of what it printed there
//! ```
//!
//! The list of a cluster is one leaf, so that it costs one read and its
//! revision guards every change of it; output lies apart, so that states are
//! read and watched without it. What nodes see is `<cluster>/cmd/<instance>`
//! alone, one slot a node.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::path::Path;

/// Where the records are.
pub const COMMANDS: &str = "/_metactl/cmd";
/// How many commands of a cluster are kept.
pub const KEPT: usize = 100;
/// How long a command may take when nobody says, and at most; in seconds.
pub const TIMEOUT: u32 = 600;
pub const MAX_TIMEOUT: u32 = 86_400;
/// The longest command; a system takes no longer text for its shell.
pub const MAX_COMMAND: usize = 120 * 1024;
/// How much of its output is kept, from the end, in bytes.
pub const MAX_OUTPUT: usize = 16 * 1024;

/// Who has ordered what for which nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// `cmd-` and 8 of `[a-z0-9]` when drawn.
    pub id: String,
    /// The cluster's id.
    pub cluster: String,
    /// `user@host`, as in a commit's note.
    pub actor: String,
    /// When, as `2026-01-31T12:00:00.000Z`.
    pub when: String,
    /// The app's service that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    pub steps: Vec<Step>,
    /// How many nodes run it at the same time; all that may without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<usize>,
    /// After more failures than this no further node begins.
    #[serde(default)]
    pub max_fail: usize,
}

/// What some of the nodes run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Steps of a stage begin when those of all stages before it have ended.
    #[serde(default)]
    pub stage: u32,
    /// Text for a shell.
    pub command: String,
    /// In seconds.
    pub timeout: u32,
    pub nodes: Vec<Target>,
}

/// A node that is to run something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Where nobody has given it one, its instance id.
    pub node_id: String,
    pub instance_id: String,
    /// Empty in a cluster without roles.
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub ip: String,
    /// 0 when it has none.
    #[serde(default)]
    pub sid: u32,
}

impl Order {
    /// Every node with what it runs.
    pub fn nodes(&self) -> impl Iterator<Item = (&Step, &Target)> {
        self.steps.iter().flat_map(|step| step.nodes.iter().map(move |node| (step, node)))
    }

    /// What it is called in a list: the service, else its command.
    pub fn title(&self) -> &str {
        let first = self.steps.first().map_or("", |step| &step.command);
        self.service.as_deref().unwrap_or(first)
    }

    /// Whether `other` asks for the same: an id may be sent again with that.
    /// Instance ids may have changed meanwhile.
    pub fn is_same(&self, other: &Order) -> bool {
        let asked = |order: &Order| -> Vec<(u32, String, String)> {
            let mut asked: Vec<_> = order
                .nodes()
                .map(|(step, node)| (step.stage, step.command.clone(), node.node_id.clone()))
                .collect();
            asked.sort();
            asked
        };
        self.cluster == other.cluster && asked(self) == asked(other)
    }

    /// Checks what a person may have typed: id, commands, time limits, and that
    /// each node is asked once.
    pub fn check(&self) -> Result<()> {
        check_id(&self.id)?;
        for step in &self.steps {
            check_command(&step.command)?;
            check_timeout(step.timeout)?;
        }
        let mut ids: Vec<&str> = self.nodes().map(|(_, node)| node.node_id.as_str()).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(twice) => {
                let id = twice.first().copied().unwrap_or_default();
                Err(Error::invalid(format!("node `{id}` is asked twice")))
            }
            None if ids.is_empty() => Err(Error::invalid("no node is to run the command")),
            None => Ok(()),
        }
    }

    /// Reads a record; `Invalid` when it is none.
    pub fn read(text: &str) -> Result<Order> {
        serde_json::from_str(text)
            .map_err(|error| Error::invalid("reading the record of a command").because(error))
    }

    /// The record's text.
    pub fn write(&self) -> String {
        // Names, numbers and texts: nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Accepted are `cmd-` and up to 80 of `a-z`, `0-9` and `-`.
pub fn check_id(id: &str) -> Result<()> {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rest = id.strip_prefix("cmd-").unwrap_or_default();
    if rest.is_empty() || rest.len() > 80 || !rest.chars().all(inside) {
        return Err(Error::invalid(format!(
            "`{id}` is no id of a command; `cmd-` and up to 80 of `a-z`, `0-9` and `-` are accepted"
        )));
    }
    Ok(())
}

fn check_command(command: &str) -> Result<()> {
    if command.trim().is_empty() {
        return Err(Error::invalid("the command is empty"));
    }
    if command.contains('\0') {
        return Err(Error::invalid("the command holds a NUL, which no shell can carry"));
    }
    if command.len() > MAX_COMMAND {
        return Err(Error::invalid(format!(
            "the command is {} bytes long; at most {MAX_COMMAND} are accepted",
            command.len()
        )));
    }
    Ok(())
}

fn check_timeout(seconds: u32) -> Result<()> {
    if (1..=MAX_TIMEOUT).contains(&seconds) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "timeout `{seconds}s` is not accepted; from 1s to {MAX_TIMEOUT}s (one day) are"
    )))
}

/// A time limit in seconds as a slot has it; what other programs have written
/// there may be anything.
pub fn timeout(text: &str) -> u32 {
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds > 0);
    seconds.unwrap_or(TIMEOUT).min(MAX_TIMEOUT)
}

/// The list of a cluster's commands.
pub fn index(cluster: &str) -> Result<Path> {
    Path::parse(COMMANDS)?.child(cluster)
}

/// The ids in that list; what cannot be read counts as empty.
pub fn ids(index: &str) -> Vec<String> {
    serde_json::from_str(index).unwrap_or_default()
}

/// Everything of one command but its output.
pub fn directory(id: &str) -> Result<Path> {
    Path::parse(COMMANDS)?.child(id)
}

/// The order of a command.
pub fn path(id: &str) -> Result<Path> {
    directory(id)?.child("order")
}

/// What became of a command on a node.
pub fn fate(id: &str, node_id: &str) -> Result<Path> {
    directory(id)?.child(node_id)
}

/// The output of a command, a leaf for each node.
pub fn outputs(id: &str) -> Result<Path> {
    Path::parse(COMMANDS)?.child("output")?.child(id)
}

/// Where the slots of a cluster are; `cluster` is its directory.
pub fn slots(cluster: &Path) -> Result<Path> {
    cluster.child("cmd")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::model::command) fn order(steps: &[(u32, &[&str])]) -> Order {
        let target = |id: &&str| Target { node_id: (*id).to_owned(), ..Target::default() };
        let step = |(stage, nodes): &(u32, &[&str])| Step {
            stage: *stage,
            command: "true".to_owned(),
            timeout: 5,
            nodes: nodes.iter().map(target).collect(),
        };
        Order {
            id: "cmd-a".to_owned(),
            cluster: "cl-1".to_owned(),
            actor: String::new(),
            when: String::new(),
            service: None,
            steps: steps.iter().map(step).collect(),
            parallel: None,
            max_fail: 0,
        }
    }

    #[test]
    fn an_order_reads_back() {
        let order = order(&[(0, &["cln-1"]), (1, &["cln-2"])]);
        order.check().unwrap();
        assert_eq!(Order::read(&order.write()).unwrap(), order);
        assert!(order.is_same(&order) && !order.is_same(&Order { steps: vec![], ..order.clone() }));
    }

    #[test]
    fn what_is_typed_is_checked() {
        let base = order(&[(0, &["cln-1"])]);
        let wrong = |change: fn(&mut Order)| {
            let mut order = base.clone();
            change(&mut order);
            order.check().unwrap_err().message().to_owned()
        };
        assert!(wrong(|order| order.id = "cl-1".to_owned()).contains("`cl-1`"));
        assert!(wrong(|order| order.steps[0].timeout = 0).contains("`0s`"));
        assert!(wrong(|order| order.steps[0].timeout = 86_401).contains("one day"));
        assert!(wrong(|order| order.steps[0].command = " ".to_owned()).contains("empty"));
        assert!(wrong(|order| order.steps[0].command = "a\0".to_owned()).contains("NUL"));
        assert!(wrong(|order| order.steps.push(order.steps[0].clone())).contains("twice"));
        assert!(wrong(|order| order.steps.clear()).contains("no node"));
    }
}
