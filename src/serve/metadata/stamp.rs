//! What the headers of an answer say about it: its number, its version.

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

use crate::store::Revision;

const REQUEST: HeaderName = HeaderName::from_static("x-metad-requestid");
const VERSION: HeaderName = HeaderName::from_static("x-metad-version");

/// Says which revision it shows.
pub(super) fn version(headers: &mut HeaderMap, revision: Revision) {
    headers.insert(VERSION, HeaderValue::from(revision));
}

/// Says which request it is: `REQ-7`, as metad does.
pub(super) fn number(headers: &mut HeaderMap, number: u64) {
    // Digits are what a header can hold.
    if let Ok(value) = HeaderValue::try_from(format!("REQ-{number}")) {
        headers.insert(REQUEST, value);
    }
}
