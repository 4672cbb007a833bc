//! One command with what became of it on each node.

use std::collections::BTreeMap;

use serde::Serialize;

use super::records::{self, Recorded};
use crate::error::Result;
use crate::model::command::{Fate, Order, State, Step, Target, order};
use crate::ops::view::{View, fixed};
use crate::store::{At, What, reading};

/// A command in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    pub id: String,
    pub cluster: String,
    pub when: String,
    pub actor: String,
    /// The app's service that it runs; null for a command as it was typed.
    pub service: Option<String>,
    pub nodes: Vec<ShownNode>,
}

/// One of its nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ShownNode {
    pub instance_id: String,
    pub node_id: String,
    pub role: String,
    pub ip: String,
    pub command: String,
    /// In seconds.
    pub timeout: u32,
    pub state: State,
    /// The exit code; 128 and the number of the signal that ended it. Null
    /// while there is none.
    pub exit: Option<i32>,
    pub sent: Option<String>,
    pub started: Option<String>,
    pub finished: Option<String>,
    /// From its start to its end.
    pub seconds: Option<f64>,
    /// The end of what it has printed, 16 KiB at most.
    pub output: String,
    /// All that it has printed, in bytes.
    pub printed: Option<u64>,
    /// Why it is in that state, where that needs words.
    pub note: Option<String>,
}

impl ShownNode {
    /// Whether it went as it should.
    pub fn is_good(&self) -> bool {
        self.state == State::Done && self.exit == Some(0)
    }

    /// In few words: `running`, `exit 3`, `timed out`.
    pub fn words(&self) -> String {
        let sent = self.sent.clone();
        Fate { state: self.state, exit: self.exit, sent, ..Fate::default() }.words()
    }
}

impl Shown {
    /// Whether every node has ended with exit code 0.
    pub fn is_good(&self) -> bool {
        self.nodes.iter().all(ShownNode::is_good)
    }

    /// The nodes that have not.
    pub fn failed(&self) -> impl Iterator<Item = &ShownNode> {
        self.nodes.iter().filter(|node| !node.is_good())
    }
}

/// The command of that id. `NotFound` when there is none (any more).
pub async fn show(view: &View, id: &str) -> Result<Shown> {
    let (revision, recorded) = records::load(view, id, At::Latest).await?;
    let what = [What::Subtree(order::outputs(id)?)];
    let (_, entries) = reading::collect(view.store(), &what, fixed(revision)).await?;
    let name = |entry: &reading::Entry| entry.path.name().map(str::to_owned);
    let mut outputs: BTreeMap<String, String> =
        entries.into_iter().filter_map(|entry| Some((name(&entry)?, entry.value))).collect();
    let Recorded { order, fates, .. } = recorded;
    let nodes = order.nodes().map(|(step, target)| {
        let fate = fates.get(&target.node_id).cloned().unwrap_or_default();
        let output = outputs.remove(&target.node_id).unwrap_or_default();
        node(step, target, fate, output)
    });
    let nodes = nodes.collect();
    let Order { id, cluster, when, actor, service, .. } = order;
    Ok(Shown { id, cluster, when, actor, service, nodes })
}

fn node(step: &Step, target: &Target, fate: Fate, output: String) -> ShownNode {
    let target = target.clone();
    ShownNode {
        instance_id: target.instance_id,
        node_id: target.node_id,
        role: target.role,
        ip: target.ip,
        command: step.command.clone(),
        timeout: step.timeout,
        state: fate.state,
        exit: fate.exit,
        seconds: records::seconds(fate.started.as_deref(), fate.finished.as_deref()),
        sent: fate.sent,
        started: fate.started,
        finished: fate.finished,
        output,
        printed: fate.printed,
        note: fate.note,
    }
}
