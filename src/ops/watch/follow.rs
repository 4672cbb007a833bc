//! Follows a view over everything that happens to it: commits, moved links,
//! stores that go away, history that is compacted.

use std::time::Duration;

use tokio::sync::mpsc;

use super::change::Commit;
use super::cursor::{Cursor, Position, Subject};
use super::follower::{Follower, Stage};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::selfview;
use crate::ops::view::View;
use crate::store::Revision;

/// The first pause before a failed read is tried again; it doubles up to [`LAST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
pub(super) const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Where a watch begins.
#[derive(Debug, Clone)]
pub enum Begin {
    /// With what comes after now.
    Now,
    /// With the state that is there now.
    Initial,
    /// With the first commit whose revision is that or a later one.
    Revision(Revision),
    /// After what has been delivered before.
    After(Position),
}

/// What a follower tells.
#[derive(Debug)]
pub enum Told {
    /// The watch stands; this is what nobody will be told of.
    Began(Position),
    /// Changes of one revision. Empty only for an empty state at the start.
    Commit(Commit),
    /// The store does not answer, and why; once.
    Away(Error),
    /// It answers again.
    Back,
    /// History up to that revision was gone; its outcome was found by
    /// comparing, in so many paths it differed.
    Compared { revision: Revision, differences: usize },
}

/// What the cursor of such a watch is about. `Usage` when a path is under
/// `/self` and nothing tells who that is.
pub async fn subject(view: &View, paths: &[Path]) -> Result<Subject> {
    let own = paths.iter().any(|path| selfview::below_self(path).is_some());
    let node = match own && !view.has_own_view()? {
        true => Some(view.identity().await?.ip),
        false => None,
    };
    let mut paths = paths.to_vec();
    paths.sort();
    paths.dedup();
    Ok(Subject { endpoint: view.store().place(), node, paths })
}

impl Begin {
    /// Where to begin with a cursor: after what it has, if it has anything.
    /// `Invalid` when it is about other paths.
    pub fn or_after(self, cursor: &Cursor, subject: &Subject) -> Result<Begin> {
        let Some(position) = cursor.position() else { return Ok(self) };
        if position.subject.paths == subject.paths {
            return Ok(Begin::After(position.clone()));
        }
        let paths: Vec<_> = position.subject.paths.iter().map(Path::as_str).collect();
        Err(Error::invalid(format!("the cursor belongs to a watch of `{}`", paths.join(" ")))
            .hint("Name another file: `--cursor FILE`"))
    }
}

/// Tells everything that changes in the view of `subject`, until an error that
/// trying again does not help against, or until nobody listens.
pub async fn follow(
    view: &View,
    subject: Subject,
    begin: Begin,
    tell: mpsc::Sender<Told>,
) -> Result<()> {
    let mut follower = Follower::new(view, subject, tell);
    let mut stage = follower.begin(begin).await?;
    let mut pause = FIRST_PAUSE;
    while follower.is_heard() {
        match follower.step(&mut stage).await {
            Ok(()) => {
                follower.back().await;
                pause = FIRST_PAUSE;
            }
            Err(error) if error.kind() == Kind::Compacted => stage = Stage::Compare,
            Err(error) if error.kind() == Kind::Unavailable => {
                follower.away(error).await;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
