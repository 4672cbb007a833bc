//! A commit: one request, and the way to find out what became of it when the
//! answer is lost.

use reqwest::Method;
use tokio::time::Instant;

use super::store::{Inner, encoded};
use crate::client::link::{Ask, Fault, Link, jittered};
use crate::client::wire::{ACTOR, CommitSent, MAX_REQUEST};
use crate::error::{Error, Kind, Result};
use crate::store::{Commit, Outcome, Revision};

const FIRST_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

impl Inner {
    /// [`Store::commit`](crate::store::Store::commit).
    pub(super) async fn commit_all(&self, commit: &Commit) -> Result<Outcome> {
        // Before the first attempt: what it makes can only come after that.
        let before = self.known_revision().await?;
        let outcome = self.commit_at(&self.manage, "/v1/commit", commit, before).await?;
        self.saw(outcome.revision);
        Ok(outcome)
    }

    /// The same at any place that takes commits; `before` is a revision from before.
    pub(super) async fn commit_at(
        &self,
        link: &Link,
        target: &'static str,
        commit: &Commit,
        before: Revision,
    ) -> Result<Outcome, Fault> {
        let deadline = link.deadline();
        let mut note = commit.note.clone();
        if note.operation.is_empty() {
            note.operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
        }
        let mut unanswered = false;
        let mut pause = FIRST_PAUSE;
        loop {
            let maybe_after = unanswered.then_some(before);
            let body = encoded(&CommitSent::new(commit, &note, maybe_after))?;
            if body.len() > MAX_REQUEST {
                return Err(too_large(commit, body.len()).into());
            }
            let ask = Ask::json(Method::POST, target, body).with(ACTOR, &note.actor);
            let server = link.current();
            let fault = match attempt(link, server, &ask, deadline).await {
                Err(fault) => fault,
                done => return done,
            };
            let Fault::Away { error, sent } = fault else {
                return Err(fault);
            };
            unanswered |= sent;
            link.pass(server);
            if Instant::now() + pause >= deadline {
                return Err(if unanswered { unknown(error) } else { error }.into());
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(std::time::Duration::from_millis(500));
        }
    }
}

/// Sends it, once.
async fn attempt(
    link: &Link,
    server: usize,
    ask: &Ask,
    deadline: Instant,
) -> Result<Outcome, Fault> {
    // Part of the time is kept for finding out what became of it.
    let now = Instant::now();
    let share = deadline.saturating_duration_since(now) / (link.len() as u32 + 1);
    let until = now + share;
    let response = link.begin(server, until, ask).await?;
    let answer = link.whole(response, until).await?;
    serde_json::from_slice(&answer.body).map_err(|error| link.garbled(error))
}

/// No answer came to an attempt that may have arrived.
fn unknown(error: Error) -> Error {
    let message = format!("{}; it is unknown whether the commit was done", error.message());
    error.within(message)
}

fn too_large(commit: &Commit, bytes: usize) -> Error {
    let mut largest: (String, usize) = ("/".to_owned(), 0);
    commit.changes.each_put(|path, value, _| {
        if value.len() >= largest.1 {
            largest = (path.to_owned(), value.len());
        }
    });
    let (path, size) = largest;
    Error::new(
        Kind::TooLarge,
        format!(
            "a commit of {bytes} bytes is too large for a metadata service, which takes \
             {MAX_REQUEST} bytes; its largest value is `{path}` with {size} bytes"
        ),
    )
}
