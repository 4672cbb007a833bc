//! What the headers of an answer say about it: its number, its version, its age.

use std::time::SystemTime;

use hyper::HeaderMap;
use hyper::header::{AGE, HeaderName, HeaderValue, WARNING};

use crate::engine::Engine;
use crate::store::Revision;

const REQUEST: HeaderName = HeaderName::from_static("x-metad-requestid");
const VERSION: HeaderName = HeaderName::from_static("x-metad-version");

/// 110 is HTTP's "response is stale".
const STALE: HeaderValue =
    HeaderValue::from_static("110 metactl \"The store is away: this is its last known state\"");

/// How an answer stands to the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The revision that it shows.
    version: Revision,
    /// Whether the store may be further by now.
    stale: bool,
    /// Seconds since it was known not to be, where that is known.
    age: Option<u64>,
}

impl Stamp {
    pub(super) fn of(version: Revision, engine: &Engine) -> Stamp {
        if !engine.is_stale() {
            return Stamp { version, stale: false, age: None };
        }
        let condition = engine.condition();
        let fresh = condition.fresh.or(condition.away_since);
        let since = fresh.map(|fresh| SystemTime::now().duration_since(fresh).unwrap_or_default());
        Stamp { version, stale: true, age: since.map(|since| since.as_secs()) }
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(VERSION, HeaderValue::from(self.version));
        if let Some(age) = self.age {
            headers.insert(AGE, HeaderValue::from(age));
        }
        if self.stale {
            headers.insert(WARNING, STALE);
        }
    }
}

/// Says which request it is: `REQ-7`, as metad does.
pub(super) fn number(headers: &mut HeaderMap, number: u64) {
    // Digits are what a header can hold.
    if let Ok(value) = HeaderValue::try_from(format!("REQ-{number}")) {
        headers.insert(REQUEST, value);
    }
}
