//! What a request asks for: its query, its body, who sends it.

use axum::body::to_bytes;
use axum::extract::Request;
use bytes::Bytes;
use hyper::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::client::wire::{ACTOR, MAX_REQUEST};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{Changes, Commit, Note, Revision};

/// The longest name of somebody who commits.
const MAX_ACTOR: usize = 256;

/// The body, read whole; `TooLarge` beyond what is taken.
pub(super) async fn body(request: Request) -> Result<Bytes> {
    to_bytes(request.into_body(), MAX_REQUEST).await.map_err(|error| {
        let message = format!("a request of more than {MAX_REQUEST} bytes is not taken");
        match std::error::Error::source(&error).is_some_and(|why| why.to_string().contains("limit"))
        {
            true => Error::new(Kind::TooLarge, message),
            false => Error::invalid("the request was cut off").because(error),
        }
    })
}

/// The body as JSON of that form.
pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T> {
    let body = body(request).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Error::invalid(format!("the request is not understood: {error}")))
}

/// Who sends it, for the note of a commit.
pub(super) fn actor(headers: &HeaderMap) -> String {
    let named = headers.get(ACTOR).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let named: String = named
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MAX_ACTOR)
        .collect();
    match named.trim() {
        "" => "http".to_owned(),
        actor => actor.to_owned(),
    }
}

/// A commit of `changes` by who sends a request.
pub(super) fn commit(changes: Changes, command: String, headers: &HeaderMap) -> Commit {
    let operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    let note = Note { actor: actor(headers), command, operation };
    Commit { guards: Vec::new(), changes, note }
}

/// The pairs of a query, in their order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The query of a request; `Invalid` for a name that is not among `known`.
    pub(super) fn of(request: &Request, known: &[&str]) -> Result<Query> {
        let text = request.uri().query().unwrap_or_default();
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Error::invalid(format!(
                "`{}` is no part of this query; known are {}",
                name.escape_debug(),
                known.join(", ")
            ))),
            None => Ok(Query(pairs)),
        }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the first pair of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A number that may be given.
    pub(super) fn number(&self, name: &str) -> Result<Option<Revision>> {
        let number = |text: &str| {
            text.parse().map_err(|_| {
                let text = text.escape_debug();
                Error::invalid(format!("`{name}` is `{text}`; a number is accepted"))
            })
        };
        self.get(name).map(number).transpose()
    }

    /// A path that has to be given.
    pub(super) fn path(&self, name: &str) -> Result<Path> {
        match self.get(name) {
            Some(text) => Path::parse(text),
            None => Err(Error::invalid(format!("`{name}` is missing in the query"))),
        }
    }
}
