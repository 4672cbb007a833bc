//! How an answer stands to the store, in headers: of every protocol the same.

use std::time::SystemTime;

use hyper::HeaderMap;
use hyper::header::{AGE, HeaderValue, WARNING};

use crate::engine::Engine;

/// 110 is HTTP's "response is stale".
const STALE: HeaderValue =
    HeaderValue::from_static("110 metactl \"The store is away: this is its last known state\"");

/// Says, while the store does not answer, that the state is its last known one,
/// and how many seconds ago it was known to be the newest.
pub fn mark(engine: &Engine, headers: &mut HeaderMap) {
    if !engine.is_stale() {
        return;
    }
    headers.insert(WARNING, STALE);
    let condition = engine.condition();
    if let Some(fresh) = condition.fresh.or(condition.away_since) {
        let age = SystemTime::now().duration_since(fresh).unwrap_or_default();
        headers.insert(AGE, HeaderValue::from(age.as_secs()));
    }
}
