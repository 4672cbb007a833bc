//! A node's own custom metadata, written below `/self/host/attributes/`.

use hyper::{Method, StatusCode};

use super::answer::me;
use super::me::Me;
use super::records;
use crate::engine::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::model::attributes;
use crate::serve::app::App;
use crate::serve::custom;
use crate::serve::exchange::{Asked, Reply};
use crate::store::{Changes, Commit};

/// Writes or deletes one key: one commit.
pub(super) async fn write(app: &App, asked: &Asked, key: &str) -> Result<Reply> {
    let me = me(app, asked)?;
    let Some(snapshot) = app.engine.snapshot() else {
        return Err(Error::new(Kind::Unavailable, "not ready: the store has not been read yet"));
    };
    let changes = decide(&snapshot, &me, asked, key)?;
    let mut note = records::note(&me, "");
    note.command = format!("attribute {key}");
    let commit = Commit { guards: vec![me.guard()], changes, note };
    let outcome = app.store.commit(&commit).await?;
    if outcome.changed > 0 {
        app.until_read(&me.record, outcome.revision).await;
    }
    Ok(Reply::new(StatusCode::OK, "text/plain; charset=utf-8", ""))
}

fn decide(snapshot: &Snapshot, me: &Me, asked: &Asked, key: &str) -> Result<Changes> {
    attributes::check_key(key)?;
    let all = me.record.child("attributes")?;
    let path = all.child(key)?;
    let mut changes = Changes::new();
    if asked.method == Method::DELETE {
        if snapshot.value(&path).is_none() {
            return Err(Error::not_found(format!("this node has no custom metadata `{key}`")));
        }
        changes.delete(&path);
        return Ok(changes);
    }
    let value = custom::value(snapshot, ("this node", &all), key, &asked.body)?;
    changes.put(&path, value);
    Ok(changes)
}
