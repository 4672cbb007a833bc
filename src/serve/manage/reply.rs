//! The answers of the management API's own part: JSON, always.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

use crate::client::failure::Failure;
use crate::client::wire::VERSION;
use crate::error::{Error, Kind, Result};
use crate::store::Revision;

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_vec(value)
        .map_err(|error| Error::new(Kind::Failed, "preparing the answer").because(error))?;
    Ok(with_type(StatusCode::OK, "application/json", Body::from(body)))
}

/// [`json()`], with the revision at which it is true.
pub(super) fn json_at(revision: Revision, value: &impl Serialize) -> Result<Response> {
    let mut response = json(value)?;
    response.headers_mut().insert(HeaderName::from_static(VERSION), HeaderValue::from(revision));
    Ok(response)
}

/// Lines of JSON, as they come.
pub(super) fn lines(
    lines: impl futures_util::Stream<Item = Result<Bytes>> + Send + 'static,
) -> Response {
    let mut response = with_type(StatusCode::OK, "application/x-ndjson", Body::from_stream(lines));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One value on a line.
pub(super) fn line(value: &impl Serialize) -> Bytes {
    // Texts and numbers can always be written; without a line the answer counts as cut off.
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// The answer, or why there is none.
pub(super) fn settled(answer: Result<Response>) -> Response {
    answer.unwrap_or_else(|error| {
        let failure = Failure::from(&error);
        let status =
            StatusCode::from_u16(failure.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        with_type(status, "application/json", Body::from(line(&failure)))
    })
}

fn with_type(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
