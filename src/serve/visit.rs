//! One request from its head to its answer: counted and logged in the end.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{HeaderMap, Method, StatusCode, Uri};

use crate::serve::access_log::Line;
use crate::serve::app::App;
use crate::serve::metrics::Class;

/// What a client that has gone before its answer is counted as, as nginx does.
const GONE: u16 = 499;

/// A request that is being answered. Dropped before that, it was given up by
/// its client.
pub struct Visit<A: Deref<Target = App>> {
    app: A,
    class: Class,
    began: Instant,
    caller: Option<IpAddr>,
    /// What the log is to tell; only if there is one.
    asked: Option<(Method, Uri)>,
    ended: bool,
}

impl<A: Deref<Target = App>> Visit<A> {
    pub fn new(
        app: A,
        class: Class,
        method: &Method,
        uri: &Uri,
        caller: Option<IpAddr>,
    ) -> Visit<A> {
        let asked = app.log.as_ref().map(|_| (method.clone(), uri.clone()));
        Visit { app, class, began: Instant::now(), caller, asked, ended: false }
    }

    /// It has its answer.
    pub fn ended(mut self, status: StatusCode, headers: &HeaderMap, bytes: u64) {
        self.count(status.as_u16());
        let id = headers.get("x-metad-requestid").and_then(|id| id.to_str().ok());
        self.log(status.as_u16(), bytes, id.unwrap_or_default());
    }

    fn count(&mut self, status: u16) {
        self.ended = true;
        self.app.metrics.ended(self.class, status, self.began.elapsed());
    }

    fn log(&self, status: u16, bytes: u64, id: &str) {
        let Visit { class, caller, .. } = *self;
        let (Some(log), Some((method, uri))) = (&self.app.log, &self.asked) else { return };
        let took = self.began.elapsed();
        let line = Line { caller, method, uri, status, bytes, took, class, id };
        if !log.add(&line) {
            self.app.metrics.unlogged.inc();
        }
    }
}

impl Visit<Arc<App>> {
    /// Its answer comes in pieces: it is counted now, and logged when all of them
    /// are sent or its client has gone.
    pub fn streamed(mut self, response: Response) -> Response {
        let status = response.status().as_u16();
        self.count(status);
        let mut sent = Sent { visit: self, status, bytes: 0 };
        response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                sent.add(frame.data_ref().map_or(0, Bytes::len));
                frame
            }))
        })
    }
}

impl<A: Deref<Target = App>> Drop for Visit<A> {
    fn drop(&mut self) {
        if !self.ended {
            self.count(GONE);
            self.log(GONE, 0, "");
        }
    }
}

/// What has been sent of an answer in pieces.
struct Sent {
    visit: Visit<Arc<App>>,
    status: u16,
    bytes: u64,
}

impl Sent {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.visit.log(self.status, self.bytes, "");
    }
}
