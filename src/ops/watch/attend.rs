//! Attends to some paths: what is there first, then every commit, also while
//! the store is away at the very start.

use tokio::sync::mpsc;

use super::change::Commit;
use super::follow::{Begin, FIRST_PAUSE, LAST_PAUSE, Told, follow, subject};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::ops::view::View;

/// What is seen.
#[derive(Debug)]
pub enum Seen {
    /// The state at the start, once; then the changes of one revision.
    Commit(Commit),
    /// The store does not answer, and why; once.
    Away(Error),
    /// It answers again.
    Back,
}

/// Shows what is at and below `paths` and everything that changes there, until
/// `see` returns something.
///
/// One consistent read, then the stream from there: no change falls in between.
/// A store that does not answer is waited for. Other errors end it: those of
/// [`subject`] and of the store.
pub async fn attend<T>(
    view: &View,
    paths: &[Path],
    mut see: impl FnMut(Seen) -> Option<T>,
) -> Result<T> {
    let (mut pause, mut is_away) = (FIRST_PAUSE, false);
    loop {
        let mut has_begun = false;
        let error = match once(view, paths, &mut |told| {
            let seen = match told {
                Told::Began(_) => {
                    has_begun = true;
                    std::mem::take(&mut is_away).then_some(Seen::Back)?
                }
                Told::Commit(commit) => Seen::Commit(commit),
                Told::Away(error) => Seen::Away(error),
                Told::Back => Seen::Back,
                Told::Compared { .. } => return None,
            };
            see(seen)
        })
        .await
        {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        match error.kind() {
            Kind::Unavailable if !has_begun => {
                if !std::mem::replace(&mut is_away, true)
                    && let Some(found) = see(Seen::Away(error))
                {
                    return Ok(found);
                }
            }
            // History went between finding the paths and reading them.
            Kind::Compacted if !has_begun => {}
            _ => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// One attempt; everything that was told before its end is shown.
async fn once<T>(
    view: &View,
    paths: &[Path],
    hear: &mut dyn FnMut(Told) -> Option<T>,
) -> Result<T> {
    let (tell, mut told) = mpsc::channel(64);
    let following = async {
        let subject = subject(view, paths).await?;
        follow(view, subject, Begin::Initial, tell).await
    };
    tokio::pin!(following);
    let error = loop {
        tokio::select! {
            biased;
            Some(told) = told.recv() => {
                if let Some(found) = hear(told) {
                    return Ok(found);
                }
            }
            outcome = &mut following => match outcome {
                Err(error) => break error,
                Ok(()) => break Error::new(Kind::Failed, "watching has ended by itself"),
            }
        }
    };
    while let Ok(told) = told.try_recv() {
        if let Some(found) = hear(told) {
            return Ok(found);
        }
    }
    Err(error)
}
