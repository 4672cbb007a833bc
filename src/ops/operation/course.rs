//! What each phase of each kind of operation changes, as things stand.

use super::commands;
use super::step::Step;
use crate::error::{Error, Kind, Result};
use crate::model::operation::{Node, Operation, Work};
use crate::model::phase;
use crate::ops::cluster::{power, upgrade};
use crate::ops::scale::{r#in, out, up};
use crate::ops::view::View;

/// The names of the phases of an operation on these nodes, in order.
pub(super) fn phases(work: &Work, nodes: &[Node]) -> Vec<String> {
    let names: &[&str] = match work {
        Work::ScaleOut { .. } => &[out::REGISTER, out::COMPLETE],
        Work::ScaleIn => &[r#in::REGISTER, r#in::REMOVE],
        Work::ScaleUp { sequential, .. } => return up::phases(*sequential, nodes.len()),
        Work::Stop | Work::Start { .. } => &[power::REGISTER, power::COMPLETE],
        Work::Upgrade { .. } => &[upgrade::REGISTER, upgrade::COMPLETE],
        _ => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The phase at which `--hold` stops: the one with which nodes see it.
pub(super) fn first_seen(work: &Work) -> &'static str {
    match work {
        Work::ScaleOut { .. } => out::REGISTER,
        Work::ScaleIn => r#in::REGISTER,
        Work::ScaleUp { .. } => up::REGISTER,
        Work::Stop | Work::Start { .. } => power::REGISTER,
        Work::Upgrade { .. } => upgrade::REGISTER,
        _ => "",
    }
}

/// What the next phase changes. It may say more of the operation than was known
/// before, such as its nodes.
pub(super) async fn phase(view: &View, operation: &mut Operation) -> Result<Step> {
    let name = operation.next().unwrap_or_default().to_owned();
    if let Some(commands) = phase::commands(&operation.work, &name) {
        return commands::step(view, operation, commands).await;
    }
    match (&operation.work, name.as_str()) {
        (Work::ScaleOut { .. }, out::REGISTER) => out::register(view, operation).await,
        (Work::ScaleOut { .. }, out::COMPLETE) => out::complete(view, operation),
        (Work::ScaleIn, r#in::REGISTER) => r#in::register(view, operation).await,
        (Work::ScaleIn, r#in::REMOVE) => r#in::remove(view, operation).await,
        (Work::ScaleUp { .. }, phase) => up::phase(view, operation, phase).await,
        (Work::Stop, power::REGISTER) => power::stop(view, operation).await,
        (Work::Start { .. }, power::REGISTER) => power::start(view, operation).await,
        (Work::Stop | Work::Start { .. }, power::COMPLETE) => {
            power::complete(view, operation).await
        }
        (Work::Upgrade { .. }, upgrade::REGISTER) => upgrade::register(view, operation).await,
        (Work::Upgrade { .. }, upgrade::COMPLETE) => upgrade::complete(view, operation).await,
        (work, _) => Err(unknown(work, &name)),
    }
}

/// What takes the phases back that are done, beside [`Operation::before`].
///
/// `Conflict` when they cannot be taken back any more.
pub(super) async fn undo(view: &View, operation: &Operation) -> Result<Step> {
    match &operation.work {
        Work::ScaleOut { .. } => out::undo(view, operation).await,
        Work::ScaleIn => r#in::undo(view, operation),
        // All that it changes is kept in `before`.
        Work::ScaleUp { .. } => Ok(Step::default()),
        // Its commands have changed nothing of the tree.
        Work::Create | Work::Delete => Ok(Step::default()),
        Work::Stop | Work::Start { .. } => power::undo(view, operation).await,
        Work::Upgrade { .. } => upgrade::undo(view, operation).await,
    }
}

/// A record of another version of the program.
fn unknown(work: &Work, phase: &str) -> Error {
    let message = format!("phase `{phase}` of `{}` is not known to this program", work.name());
    Error::new(Kind::Failed, message).hint("Use the version that began it; see `metactl version`")
}
