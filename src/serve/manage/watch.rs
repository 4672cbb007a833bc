//! `/v1/watch`: commits as they come, one a line.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::time::sleep;

use super::asked::{self, Query};
use super::desk::Desk;
use super::reply;
use crate::client::failure::Failure;
use crate::client::wire::{ALIVE_EVERY, WatchFrom, WatchLine};
use crate::error::Result;
use crate::model::path::Path;
use crate::store::{At, Event, Watch};

/// `GET /v1/watch?tree=PATH&from=N`: after revision N, from now on if there is none.
pub(super) async fn queried(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let query = Query::of(&request, &["tree", "from"])?;
    let tops = query.pairs().filter(|(name, _)| *name == "tree");
    let mut trees = tops.map(|(_, text)| Path::parse(text)).collect::<Result<Vec<_>>>()?;
    if trees.is_empty() {
        trees.push(Path::root());
    }
    let from = match query.number("from")? {
        Some(from) => from,
        None => desk.store.read(&[], At::Latest, &mut |_| Ok(())).await?,
    };
    watch(&desk, WatchFrom { trees, from, follow: false }).await
}

/// `POST /v1/watch`, for more than fits into a query.
pub(super) async fn posted(desk: Arc<Desk>, request: Request) -> Result<Response> {
    watch(&desk, asked::json(request).await?).await
}

async fn watch(desk: &Desk, from: WatchFrom) -> Result<Response> {
    let watch = match from.follow {
        true => desk.store.follow(&from.trees, from.from).await?,
        false => desk.store.watch(&from.trees, from.from).await?,
    };
    let draining = desk.draining.clone();
    let lines = stream::unfold(Some((watch, draining)), async |running| {
        let (mut watch, mut draining) = running?;
        let (line, goes_on) = tokio::select! {
            line = next(&mut *watch) => line,
            () = sleep(ALIVE_EVERY) => (Bytes::from_static(b"\n"), true),
            // Its sender lives as long as the service.
            _ = draining.wait_for(|draining| *draining) => return None,
        };
        Some((Ok(line), goes_on.then_some((watch, draining))))
    });
    Ok(reply::lines(lines))
}

/// The next line, and whether there are more.
async fn next(watch: &mut dyn Watch) -> (Bytes, bool) {
    let line = match watch.next().await {
        Ok(Event::Commit(revised)) => WatchLine::Commit(revised.into()),
        Ok(Event::Away(error)) => WatchLine::Away(Failure::from(&error)),
        Ok(Event::Back) => WatchLine::Back(true),
        Err(error) => return (reply::line(&WatchLine::Error(Failure::from(&error))), false),
    };
    (reply::line(&line), true)
}
