//! Reads: lines that are handed on as they come, the last one with the revision.

use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use super::store::{Inner, encoded};
use crate::client::lines::Lines;
use crate::client::link::{Ask, Fault};
use crate::client::wire::{self, ReadLine};
use crate::error::{Error, Kind, Result};
use crate::store::{At, Revision, Sink, What};

/// An answer up to this size is handed on when it is whole: if it is cut off before,
/// it is asked for again.
const HELD: usize = 1 << 20;

impl Inner {
    /// [`Store::read`](crate::store::Store::read).
    pub(super) async fn read_all(&self, what: &[What], at: At, sink: Sink<'_>) -> Result<Revision> {
        let ask = Ask::json(Method::POST, "/v1/read", encoded(&wire::Read::new(what, at))?);
        let link = &self.manage;
        let mut turns = link.turns(link.deadline());
        let mut lines = loop {
            let (server, until) = turns.now();
            match self.begin_read(server, until, &ask).await {
                Ok(lines) => break lines,
                Err(fault @ Fault::Away { .. }) => {
                    turns.next(fault).await.map_err(|fault| tell(fault, what))?;
                }
                Err(fault) => return Err(tell(fault, what)),
            }
        };
        let revision = self.hand_on(&mut lines, link.timeout(), sink).await?;
        self.saw(revision);
        Ok(revision)
    }

    async fn begin_read(&self, server: usize, until: Instant, ask: &Ask) -> Result<Lines, Fault> {
        let link = &self.manage;
        let mut lines = Lines::new(link.begin(server, until, ask).await?);
        let ended = lines.fill(link, HELD, link.timeout()).await?;
        if ended && !is_whole(lines.rest()) {
            return Err(Fault::Away { error: link.away("the answer was cut off"), sent: true });
        }
        Ok(lines)
    }

    async fn hand_on(&self, lines: &mut Lines, idle: Duration, sink: Sink<'_>) -> Result<Revision> {
        while let Some(line) = lines.next(&self.manage, idle).await? {
            let line: ReadLine<'_> =
                serde_json::from_slice(line).map_err(|error| self.manage.garbled(error))?;
            match line {
                ReadLine { error: Some(failure), .. } => return Err(failure.into()),
                ReadLine { revision: Some(revision), .. } => return Ok(revision),
                leaf => sink(leaf.item())?,
            }
        }
        Err(self.manage.away("the answer was cut off"))
    }
}

/// Whether the last line says how the answer has ended.
fn is_whole(answer: &[u8]) -> bool {
    let lines = answer.strip_suffix(b"\n").unwrap_or_default();
    let last = lines.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let last: Option<ReadLine<'_>> = serde_json::from_slice(last).ok();
    last.is_some_and(|line| line.revision.is_some() || line.error.is_some())
}

fn tell(fault: Fault, what: &[What]) -> Error {
    let error = Error::from(fault);
    let path = |what: &What| match what {
        What::Key(path) | What::Subtree(path) | What::All(path) => format!("`{path}`"),
    };
    // What the service says of the request itself needs no more words.
    if error.kind() != Kind::Failed {
        return error;
    }
    match what {
        [] => error.within("reading the newest revision"),
        [one] => error.within(format!("reading {}", path(one))),
        [first, rest @ ..] => {
            error.within(format!("reading {} and {} more", path(first), rest.len()))
        }
    }
}
