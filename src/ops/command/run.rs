//! Sends a command and, if that is wanted, waits for it: the way of the command
//! line, and of whatever else has nodes do something.

use std::time::Duration;

use super::place::Placer;
use super::records;
use super::show::{self, Shown};
use super::watching::Watching;
use crate::error::{Error, Kind, Result};
use crate::model::command::{Fate, Order, Step, Target, turns};
use crate::model::ids::Draw;
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::{Note, Revision};

/// A command for nodes.
///
/// ```no_run
/// # use metactl::{error::Result, model::{app::known::App, lifecycle}, ops::view::View, store::Note};
/// use metactl::ops::command::{run, targets};
///
/// # async fn example(view: &View, app: &App, note: Note) -> Result<()> {
/// let nodes = targets::of_cluster(view, "cl-queue").await?;
/// let order = run::Run {
///     // The same id again is no second run: what was begun is waited for.
///     id: Some("cmd-op-k3x9a1zq-start".to_owned()),
///     service: Some("start".to_owned()),
///     patience: Some(std::time::Duration::from_secs(60)),
///     ..run::Run::new("cl-queue", lifecycle::service(app, &nodes, "start"))
/// };
/// if !order.steps.is_empty() {
///     let ran = run::run(view, &order, note, &mut |_| {}).await?;
///     for node in ran.shown.failed() {
///         println!("{}: {} {}", node.instance_id, node.words(), node.output);
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Run {
    /// Drawn without it. An id that is there already with the same commands for
    /// the same nodes is taken up where it stands; with others it is a conflict.
    pub id: Option<String>,
    pub cluster: String,
    /// The app's service that it runs, for those who look at it later.
    pub service: Option<String>,
    pub steps: Vec<Step>,
    /// How many nodes run it at the same time.
    pub parallel: Option<usize>,
    /// After more failures than this no further node begins, nor any stage.
    pub max_fail: usize,
    /// How long a node may be without an agent until it counts as failed; for
    /// ever without it. On a node that runs it, the time limit comes on top.
    pub patience: Option<Duration>,
    /// Take slots whose commands have not ended, else wait so long for them.
    pub replace: bool,
    pub slot_patience: Duration,
}

impl Run {
    /// For these nodes, all of a stage at once; the first failure ends it.
    pub fn new(cluster: impl Into<String>, steps: Vec<Step>) -> Run {
        Run {
            id: None,
            cluster: cluster.into(),
            service: None,
            steps,
            parallel: None,
            max_fail: 0,
            patience: None,
            replace: false,
            slot_patience: Duration::from_secs(10),
        }
    }

    fn order(&self, note: &Note) -> Result<Order> {
        let order = Order {
            id: self.id.clone().unwrap_or_else(|| Draw::new(None).id("cmd-")),
            cluster: self.cluster.clone(),
            actor: note.actor.clone(),
            when: records::now(),
            service: self.service.clone(),
            steps: self.steps.clone(),
            parallel: self.parallel,
            max_fail: self.max_fail,
        };
        order.check()?;
        Ok(order)
    }
}

/// A command that was sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sent {
    pub id: String,
    pub cluster: String,
    /// Instance ids.
    pub nodes: Vec<String>,
    pub revision: Revision,
    /// Whether it had been sent before.
    pub again: bool,
}

/// What is told while it is waited for.
#[derive(Debug)]
pub enum Told<'a> {
    /// It is in the slots of the first nodes.
    Sent(&'a Sent),
    /// How far a node is.
    Fate(&'a Target, &'a Fate),
    /// No agent has been seen at a node that is to run it, or runs it.
    NoAgent(&'a Target),
    /// The store does not answer, and why; it is waited for.
    Away(&'a Error),
    /// It answers again.
    Back,
}

/// Takes what is told.
pub type Tell<'a> = &'a mut (dyn FnMut(Told<'_>) + Send);

/// What came of it.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Every node; `failed` are those that have not ended with exit code 0, be
    /// it that their turn never came.
    pub shown: Shown,
    /// Instances that were given up because they have no agent.
    pub given_up: Vec<String>,
}

/// Sends it: records and the slots of all nodes change in one commit.
///
/// `Usage` when somebody has to stay to send it to further nodes later (stages,
/// `parallel`), `Conflict` when a slot is taken or the id belongs to another
/// command, `Invalid` when something about it is not accepted.
pub async fn send(view: &View, run: &Run, note: Note) -> Result<Sent> {
    let mut placer = placer(view, run, note)?;
    let everyone = placer.order.nodes().count();
    if turns::due(&placer.order, &turns::Fates::new(), &[]).len() < everyone {
        return Err(Error::new(
            Kind::Usage,
            "the command comes to its nodes in several turns, which needs somebody who waits",
        )
        .hint("Wait for it: `--wait`"));
    }
    let placed = placer.place(&[]).await?;
    Ok(sent(&placer.order, placed.revision, placed.was_there))
}

/// Sends it and waits until it has ended everywhere, or until no further node
/// is to begin. To be dropped at any moment: sent again with the same id, it is
/// taken up where it stands.
///
/// Errors as of [`send`] but the first; a node that fails is none.
pub async fn run(view: &View, run: &Run, note: Note, tell: Tell<'_>) -> Result<Ran> {
    let mut placer = placer(view, run, note)?;
    let placed = placer.place(&[]).await?;
    let id = placer.order.id.clone();
    tell(Told::Sent(&sent(&placer.order, placed.revision, placed.was_there)));
    let given_up = Watching::new(placer, placed, run.patience, tell).watch().await?;
    let mut shown = retried(view, &id).await?;
    let mut instances = Vec::new();
    for node in shown.nodes.iter_mut().filter(|node| given_up.contains(&node.node_id)) {
        node.note = Some("given up: no agent".to_owned());
        instances.push(node.instance_id.clone());
    }
    Ok(Ran { shown, given_up: instances })
}

/// The end of it is worth waiting for a store that is away for a moment.
async fn retried(view: &View, id: &str) -> Result<Shown> {
    let mut pause = Duration::from_millis(100);
    loop {
        match show::show(view, id).await {
            Err(error) if error.kind() == Kind::Unavailable => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            other => return other,
        }
    }
}

fn placer<'a>(view: &'a View, run: &Run, note: Note) -> Result<Placer<'a>> {
    let order = run.order(&note)?;
    let notes = Notes::new(note);
    Ok(Placer { view, order, replace: run.replace, patience: run.slot_patience, notes })
}

fn sent(order: &Order, revision: Revision, again: bool) -> Sent {
    Sent {
        id: order.id.clone(),
        cluster: order.cluster.clone(),
        nodes: order.nodes().map(|(_, node)| node.instance_id.clone()).collect(),
        revision,
        again,
    }
}
