//! A commit: one request, and the way to find out what became of it when the
//! answer is lost.

use bytes::Bytes;
use reqwest::Method;
use tokio::time::Instant;

use super::store::{Inner, encoded};
use crate::client::link::{Ask, Fault, jittered};
use crate::client::wire::{ACTOR, CommitSent, MAX_REQUEST};
use crate::error::{Error, Kind, Result};
use crate::store::{Commit, Outcome};

const FIRST_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

impl Inner {
    /// [`Store::commit`](crate::store::Store::commit).
    pub(super) async fn commit_all(&self, commit: &Commit) -> Result<Outcome> {
        let deadline = self.manage.deadline();
        let mut note = commit.note.clone();
        if note.operation.is_empty() {
            note.operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
        }
        // Before the first attempt: what it makes can only come after that.
        let before = self.known_revision().await?;
        let mut unanswered = false;
        let mut pause = FIRST_PAUSE;
        loop {
            let maybe_after = unanswered.then_some(before);
            let body = encoded(&CommitSent::new(commit, &note, maybe_after))?;
            if body.len() > MAX_REQUEST {
                return Err(too_large(commit, body.len()));
            }
            let server = self.manage.current();
            let fault = match self.attempt(server, body.into(), &note.actor, deadline).await {
                Ok(outcome) => {
                    self.saw(outcome.revision);
                    return Ok(outcome);
                }
                Err(fault) => fault,
            };
            let Fault::Away { error, sent } = fault else {
                return Err(fault.into());
            };
            unanswered |= sent;
            self.manage.pass(server);
            if Instant::now() + pause >= deadline {
                return Err(if unanswered { unknown(error) } else { error });
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(std::time::Duration::from_millis(500));
        }
    }

    /// Sends it, once.
    async fn attempt(
        &self,
        server: usize,
        body: Bytes,
        actor: &str,
        deadline: Instant,
    ) -> Result<Outcome, Fault> {
        let ask = Ask::json(Method::POST, "/v1/commit", body).with(ACTOR, actor);
        // Part of the time is kept for finding out what became of it.
        let now = Instant::now();
        let share = deadline.saturating_duration_since(now) / (self.manage.len() as u32 + 1);
        let until = now + share;
        let response = self.manage.begin(server, until, &ask).await?;
        let answer = self.manage.whole(response, until).await?;
        serde_json::from_slice(&answer.body).map_err(|error| self.manage.garbled(error))
    }
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
