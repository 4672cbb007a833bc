//! One request from its head to its answer: counted and logged in the end.

use std::net::IpAddr;
use std::time::Instant;

use hyper::{HeaderMap, Method, StatusCode, Uri};

use crate::serve::access_log::Line;
use crate::serve::app::App;
use crate::serve::metrics::Class;

/// What a client that has gone before its answer is counted as, as nginx does.
const GONE: u16 = 499;

/// A request that is being answered. Dropped before that, it was given up by
/// its client.
pub struct Visit<'a> {
    app: &'a App,
    class: Class,
    began: Instant,
    caller: Option<IpAddr>,
    /// What the log is to tell; only if there is one.
    asked: Option<(Method, Uri)>,
    ended: bool,
}

impl<'a> Visit<'a> {
    pub fn new(
        app: &'a App,
        class: Class,
        method: &Method,
        uri: &Uri,
        caller: Option<IpAddr>,
    ) -> Visit<'a> {
        let asked = app.log.as_ref().map(|_| (method.clone(), uri.clone()));
        Visit { app, class, began: Instant::now(), caller, asked, ended: false }
    }

    /// It has its answer.
    pub fn ended(mut self, status: StatusCode, headers: &HeaderMap, bytes: u64) {
        self.ended = true;
        let id = headers.get("x-metad-requestid").and_then(|id| id.to_str().ok());
        self.tell(status.as_u16(), bytes, id.unwrap_or_default());
    }

    fn tell(&self, status: u16, bytes: u64, id: &str) {
        let Visit { app, class, caller, .. } = *self;
        let took = self.began.elapsed();
        app.metrics.ended(class, status, took);
        let (Some(log), Some((method, uri))) = (&app.log, &self.asked) else { return };
        let line = Line { caller, method, uri, status, bytes, took, class, id };
        if !log.add(&line) {
            app.metrics.unlogged.inc();
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.tell(GONE, 0, "");
        }
    }
}
