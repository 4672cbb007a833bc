//! The commands of an app that nodes run as part of an operation.

use std::time::Duration;

use super::step::Step;
use crate::error::{Error, Kind, Result};
use crate::model::app::known::App;
use crate::model::command::{self, Target};
use crate::model::lifecycle;
use crate::model::operation::Operation;
use crate::model::path::Path;
use crate::model::phase::{Commands, On, What};
use crate::ops::cluster::app;
use crate::ops::command::run::{self, Run, Told};
use crate::ops::command::{cancel, show, targets};
use crate::ops::view::View;
use crate::store::{At, Note};

/// How nodes are waited for, and who hears of it.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// How long a node may be without an agent until it counts as failed.
    pub patience: Duration,
    /// Hears how far each node is.
    pub hear: &'a (dyn Fn(Told<'_>) + Sync),
}

/// The id of the command that a phase sends: the same for whoever goes on with
/// the operation, so that no node runs it twice.
pub(super) fn id(operation: &Operation, phase: &str) -> String {
    format!("cmd-{}-{phase}", operation.id)
}

/// The app of a cluster, whose commands are to be run.
pub(super) async fn app(view: &View, cluster: &str) -> Result<App> {
    app::known(view, cluster, At::Latest).await?.ok_or_else(|| {
        Error::invalid(format!("cluster `{cluster}` has no app that says which commands to run"))
            .hint("Leave `--run-commands` out: the tree changes all the same")
    })
}

/// What the nodes are to run, in stages; empty when the app has nothing for them.
pub(super) async fn steps(
    view: &View,
    operation: &Operation,
    commands: Commands,
) -> Result<Vec<command::Step>> {
    let app = app(view, &operation.cluster).await?;
    let mut nodes = targets::of_cluster(view, &operation.cluster).await?;
    let index = |target: &Target| {
        operation.nodes.iter().position(|node| {
            // A node without an id of its own goes by that of its instance.
            node.node_id == target.node_id || node.instance_id == target.node_id
        })
    };
    nodes.retain(|target| match commands.on {
        On::All => true,
        On::Named => index(target).is_some(),
        On::One(number) => index(target) == Some(number),
        On::Others => index(target).is_none(),
    });
    Ok(match commands.what {
        What::Service(name) => lifecycle::service(&app, &nodes, name),
        What::PreCheck(name) => lifecycle::pre_check(&app, &nodes, name),
        What::CustomMetadata => lifecycle::custom_metadata(&app, &nodes),
    })
}

/// Sends the commands of the next phase and waits until all nodes have run them.
///
/// `Failed` when one has not ended with 0, unless that may be and a user
/// insists; other errors leave the commands on their way.
pub(super) async fn run(
    view: &View,
    operation: &Operation,
    phase: &str,
    commands: Commands,
    waiting: Waiting<'_>,
    note: Note,
) -> Result<()> {
    let steps = steps(view, operation, commands).await?;
    if steps.is_empty() {
        return Ok(());
    }
    let order = Run {
        id: Some(id(operation, phase)),
        service: Some(phase.to_owned()),
        patience: Some(waiting.patience),
        ..Run::new(operation.cluster.as_str(), steps)
    };
    let ran = run::run(view, &order, note, &mut |told| (waiting.hear)(told)).await?;
    let failed: Vec<String> =
        ran.shown.failed().map(|node| format!("{} ({})", node.instance_id, node.words())).collect();
    if failed.is_empty() || (commands.may_fail && operation.force) {
        return Ok(());
    }
    let id = &ran.shown.id;
    let error = Error::new(Kind::Failed, format!("`{phase}` has failed on {}", failed.join(", ")));
    Err(match ran.given_up.first() {
        Some(node) => error.hint(format!("Start an agent there: `metactl agent --as {node}`")),
        None => error.hint(format!("See what was printed: `metactl cmd show {id}`")),
    })
}

/// Takes the commands of a phase back that is given up; where they have ended,
/// or never began, there is nothing to do.
pub(super) async fn cancel(view: &View, operation: &Operation, note: Note) -> Result<()> {
    let Some(phase) = operation.next() else { return Ok(()) };
    match cancel::cancel(view, &id(operation, phase), note).await {
        Err(error) if error.kind() != Kind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What a phase of commands changes in the tree: the output of `custom_metadata`
/// is a node's token.
pub(super) async fn step(view: &View, operation: &Operation, commands: Commands) -> Result<Step> {
    let mut step = Step::default();
    let Some(phase) = operation.next().filter(|_| commands.what == What::CustomMetadata) else {
        return Ok(step);
    };
    let shown = show::show(view, &id(operation, phase)).await?;
    let directory = view.scope().cluster_root.child(&operation.cluster)?;
    let adding = directory.child("adding-hosts")?;
    for node in &shown.nodes {
        let Some(named) = operation.nodes.iter().find(|one| one.node_id == node.node_id) else {
            continue;
        };
        let token = node.output.trim_end_matches('\n');
        let mut put = |record: Path| -> Result<()> {
            step.changes.put(&record.child("token")?, token);
            Ok(())
        };
        put(named.below(&directory.child("hosts")?)?)?;
        if is_adding(operation) {
            put(named.below(&adding)?)?;
        }
    }
    Ok(step)
}

fn is_adding(operation: &Operation) -> bool {
    matches!(operation.work, crate::model::operation::Work::ScaleOut { .. })
}
