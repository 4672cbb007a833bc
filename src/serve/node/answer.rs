//! One request of a node about itself, and its answer.

use hyper::header::{ACCEPT, ALLOW, RETRY_AFTER};
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::me::Me;
use super::{attributes, command, records};
use crate::client::failure::Failure;
use crate::error::{Error, Kind, Result};
use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::options::Options;
use crate::store::LeaseId;

/// Everything that nodes write but their custom metadata is below this.
const DESK: &str = "/self/_agent";
const ATTRIBUTES: &str = "/self/host/attributes/";
/// The largest body below [`DESK`]: the end of an output, and what it may grow by
/// where it stands in JSON.
const MAX_BODY: usize = 64 << 10;

/// Whether a request is one of these. Paths count as they are written: in
/// roundabout ways nothing is reached here.
pub fn is_asked(options: &Options, asked: &Asked) -> bool {
    let path = asked.uri.path();
    let is_write = matches!(asked.method, Method::PUT | Method::DELETE);
    below(path).is_some() || is_write && options.node_attributes && path.starts_with(ATTRIBUTES)
}

fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(DESK)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Answers a request.
pub async fn answer(app: &App, asked: Asked) -> Reply {
    settled(&asked, answered(app, &asked).await)
}

async fn answered(app: &App, asked: &Asked) -> Result<Reply> {
    if !app.options.node_writes {
        let message = "nodes write nothing here: the service runs without `--node-writes`";
        return Err(Error::new(Kind::Denied, message)
            .hint("Start the service with it: `metactl serve --node-writes`")
            .hint("Or name its management API, if you may use it: `--manage-url URL`"));
    }
    if asked.caller.doubtful {
        // Who is behind a proxy that nobody has named is not known.
        let message = "requests that were forwarded write nothing";
        return Err(Error::new(Kind::Denied, message));
    }
    let path = asked.uri.path();
    if let Some(key) = path.strip_prefix(ATTRIBUTES) {
        return attributes::write(app, asked, key).await;
    }
    let rest = below(path).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let segments: Vec<&str> = rest.split('/').filter(|_| !rest.is_empty()).collect();
    let is_odd = |one: &&str| matches!(*one, "" | "." | "..") || !one.chars().all(plain);
    if segments.iter().any(is_odd) {
        return Err(nothing());
    }
    if asked.body.len() > MAX_BODY {
        let message = format!("a body of more than {MAX_BODY} bytes is not taken from a node");
        return Err(Error::new(Kind::TooLarge, message));
    }
    route(app, asked, &segments).await
}

async fn route(app: &App, asked: &Asked, segments: &[&str]) -> Result<Reply> {
    let method = &asked.method;
    let allowed = match *segments {
        [] => "GET, HEAD",
        ["cmd", _] => "GET, HEAD, PUT",
        ["read" | "commit" | "leases"] => "POST",
        ["leases", _] => "PUT, DELETE",
        _ => return Err(nothing()),
    };
    if !allowed.split(", ").any(|one| one == method.as_str()) {
        let refusal = Reply::text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        return Ok(refusal.with(ALLOW, allowed));
    }
    let me = me(app, asked)?;
    match *segments {
        ["cmd", id] if *method == Method::PUT => {
            let revision = command::report(app, &me, id, body(asked)?).await?;
            json(&serde_json::json!({ "revision": revision }))
        }
        ["cmd", id] => json(&command::show(app, &me, id).await?),
        ["read"] => {
            let lines = records::read(app, &me, &body(asked)?).await?;
            Ok(Reply::new(StatusCode::OK, "application/x-ndjson", lines))
        }
        ["commit"] => json(&records::commit_taken(app, &me, body(asked)?).await?),
        ["leases"] => json(&records::grant(app, &me, &body(asked)?).await?),
        ["leases", id] if *method == Method::PUT => {
            json(&records::renew(app, &me, lease(id)?).await?)
        }
        ["leases", id] => {
            records::revoke(app, &me, lease(id)?).await?;
            json(&serde_json::json!({}))
        }
        _ => json(&me.own),
    }
}

/// The node that asks; `Unavailable` before anything is known of any.
pub(super) fn me(app: &App, asked: &Asked) -> Result<Me> {
    let snapshot = app.engine.snapshot().ok_or_else(|| {
        Error::new(Kind::Unavailable, "not ready: the store has not been read yet").retryable()
    })?;
    Me::find(&snapshot, asked.caller.ip)
}

fn lease(text: &str) -> Result<LeaseId> {
    text.parse().map_err(|_| Error::invalid(format!("`{}` is no lease", text.escape_debug())))
}

fn body<T: DeserializeOwned>(asked: &Asked) -> Result<T> {
    serde_json::from_slice(&asked.body)
        .map_err(|error| Error::invalid(format!("the request is not understood: {error}")))
}

fn json(value: &impl Serialize) -> Result<Reply> {
    let mut body = serde_json::to_vec(value)
        .map_err(|error| Error::new(Kind::Failed, "preparing the answer").because(error))?;
    body.push(b'\n');
    Ok(Reply::new(StatusCode::OK, "application/json", body))
}

fn nothing() -> Error {
    Error::not_found("there is nothing by that name that a node writes")
}

/// The answer; a refusal in the form that the client takes.
fn settled(asked: &Asked, answer: Result<Reply>) -> Reply {
    let error = match answer {
        Ok(reply) => return reply,
        Err(error) => error,
    };
    let status = StatusCode::from_u16(error.kind().http_status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let takes_json = asked.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let reply = match takes_json.is_some_and(|text| text.contains("json")) {
        true => match json(&Failure::from(&error)) {
            Ok(reply) => Reply { status, ..reply },
            Err(_) => Reply::text(status, error.message()),
        },
        false => Reply::text(status, error.message()),
    };
    match error.kind() {
        Kind::Unavailable => reply.with(RETRY_AFTER, "1"),
        _ => reply,
    }
}
