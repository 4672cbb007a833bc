//! Guest attributes: what an instance says of itself.

use hyper::{Method, StatusCode};

use super::facts::{self, GUEST};
use super::page;
use crate::engine::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::model::attributes;
use crate::model::path::Path;
use crate::serve::app::App;
use crate::serve::custom;
use crate::serve::exchange::{Asked, Reply};
use crate::store::{Changes, Commit, Guard, Note};

/// The part of a path (with a slash first) below the guest attributes; none for
/// a path elsewhere.
pub(super) fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/instance/guest-attributes")?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Writes or deletes `NAMESPACE/KEY` of the caller's own record: one commit.
pub(super) async fn write(app: &App, asked: &Asked, name: &str) -> Reply {
    if !matches!(asked.method, Method::PUT | Method::DELETE) {
        return page::wrong_method("GET, HEAD, PUT, DELETE");
    }
    let Some(snapshot) = app.engine.snapshot() else { return page::unavailable() };
    let asker = snapshot.asker(asked.caller.ip);
    let Some(record) = facts::record(&snapshot, &asker) else { return page::not_found() };
    let decided = decide(&snapshot, record, asked, name);
    let done = match decided {
        Ok(Some(commit)) => app.store.commit(&commit).await,
        Ok(None) => return page::not_found(),
        Err(error) => Err(error),
    };
    match done {
        Ok(outcome) => {
            if outcome.changed > 0 {
                app.until_read(record, outcome.revision).await;
            }
            page::done()
        }
        Err(error) if error.kind() == Kind::Unavailable => page::unavailable(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Reply {
    let status = StatusCode::from_u16(error.kind().http_status());
    page::refused(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error.message())
}

/// The commit to make; none when what is to be deleted is not there.
fn decide(snapshot: &Snapshot, record: &Path, asked: &Asked, name: &str) -> Result<Option<Commit>> {
    let Some((namespace, key)) = name.split_once('/') else {
        return Err(Error::invalid("a guest attribute is written as `NAMESPACE/KEY`"));
    };
    attributes::check_key(namespace)?;
    attributes::check_key(key)?;
    let all = record.child(GUEST)?;
    let path = all.child(namespace)?.child(key)?;
    let mut changes = Changes::new();
    if asked.method == Method::DELETE {
        if snapshot.value(&path).is_none() {
            return Ok(None);
        }
        changes.delete(&path);
    } else {
        let owner = ("this instance", &all);
        let value = custom::value(snapshot, owner, &format!("{namespace}/{key}"), &asked.body)?;
        changes.put(&path, value);
    }
    // A record that has gone meanwhile does not come back by this.
    let identity = record.child("instance_id")?;
    let there = snapshot.value(&identity).map(str::to_owned);
    let guards = there.map(|value| Guard::Value(identity, value)).into_iter().collect();
    let note = Note {
        actor: asked.caller.ip.to_string(),
        command: format!("guest attribute {namespace}/{key}"),
        operation: std::iter::repeat_with(fastrand::alphanumeric).take(20).collect(),
    };
    Ok(Some(Commit { guards, changes, note }))
}
