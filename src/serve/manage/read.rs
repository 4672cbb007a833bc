//! `/v1/read` and `/v1/names`: keys, subtrees and directories at one revision.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, stream};

use super::asked::{self, Query};
use super::desk::Desk;
use super::reply;
use crate::client::failure::Failure;
use crate::client::wire::{self, End, Leaf, Read, at};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{At, Item, Revision, Store, What};

/// `GET /v1/read?key=PATH&tree=PATH&all=PATH&rev=N`.
pub(super) async fn queried(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let query = Query::of(&request, &["key", "tree", "all", "rev"])?;
    let mut what = Vec::new();
    for (name, text) in query.pairs().filter(|(name, _)| *name != "rev") {
        let path = Path::parse(text)?;
        what.push(match name {
            "key" => What::Key(path),
            "tree" => What::Subtree(path),
            _ => What::All(path),
        });
    }
    read(&desk, what, at(query.number("rev")?)).await
}

/// `POST /v1/read`, for more than fits into a query.
pub(super) async fn posted(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let read: Read = asked::json(request).await?;
    self::read(&desk, read.what(), read.at()).await
}

async fn read(desk: &Desk, what: Vec<What>, at: At) -> Result<Response> {
    let mut pulled = Pulled::new(Arc::clone(&desk.store), what, at);
    // What goes wrong before the first line has a status of its own.
    match pulled.next().await {
        Some(first) => Ok(reply::lines(stream::iter([Ok(first?)]).chain(pulled))),
        None => Err(Error::new(Kind::Failed, "the answer has no end")),
    }
}

/// The lines of a read. The store goes on only when they are taken, so that what
/// waits in memory is what it gives at a time.
struct Pulled {
    reading: Option<BoxFuture<'static, Result<Revision>>>,
    lines: Arc<Mutex<Vec<u8>>>,
    begun: bool,
}

impl Pulled {
    fn new(store: Arc<dyn Store>, what: Vec<What>, at: At) -> Pulled {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        let reading = Box::pin(async move {
            let write = &mut |item: Item<'_>| {
                let mut lines = written.lock().unwrap_or_else(PoisonError::into_inner);
                serde_json::to_writer(&mut *lines, &Leaf::from(item))
                    .map_err(|error| Error::new(Kind::Failed, "writing a leaf").because(error))?;
                lines.push(b'\n');
                Ok(())
            };
            store.read(&what, at, write).await
        });
        Pulled { reading: Some(reading), lines, begun: false }
    }

    fn written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Stream for Pulled {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let ended = reading.as_mut().poll(context);
        let mut lines = self.written();
        match ended {
            Poll::Pending if lines.is_empty() => return Poll::Pending,
            Poll::Pending => {}
            Poll::Ready(Err(error)) if lines.is_empty() && !self.begun => {
                self.reading = None;
                return Poll::Ready(Some(Err(error)));
            }
            Poll::Ready(ended) => {
                self.reading = None;
                let end = match ended {
                    Ok(revision) => End::Revision(revision),
                    Err(error) => End::Error(Failure::from(&error)),
                };
                lines.extend_from_slice(&reply::line(&end));
            }
        }
        self.begun = true;
        Poll::Ready(Some(Ok(lines.into())))
    }
}

/// `GET /v1/names?path=PATH&rev=N`.
pub(super) async fn names(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let query = Query::of(&request, &["path", "rev"])?;
    let directory = query.path("path")?;
    let (revision, names) = desk.store.names(&directory, at(query.number("rev")?)).await?;
    let name =
        |child: crate::store::Name| wire::Name { name: child.name, directory: child.directory };
    let names = names.into_iter().map(name).collect();
    reply::json_at(revision, &wire::Names { revision, names })
}
