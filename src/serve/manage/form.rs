//! What a client of metad's management API is answered with: text, JSON or YAML.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::client::failure::Failure;
use crate::client::wire::VERSION;
use crate::error::Error;
use crate::model::tree::Leaves;
use crate::model::yaml;
use crate::serve::accept::Form;
use crate::serve::body;
use crate::store::Revision;

/// A value by itself.
pub(super) fn leaf(form: Form, revision: Revision, value: &str) -> Response {
    respond(form, StatusCode::OK, Some(revision), body::leaf(value, form))
}

/// A directory, its leaves settled in the form's [`order`](body::order).
pub(super) fn directory(form: Form, revision: Revision, leaves: &Leaves) -> Response {
    respond(form, StatusCode::OK, Some(revision), body::directory(leaves, form))
}

/// What is written already, in that form; JSON is YAML as well.
pub(super) fn text(form: Form, revision: Revision, body: String) -> Response {
    respond(form, StatusCode::OK, Some(revision), body.into())
}

/// Done, with nothing to show.
pub(super) fn done(form: Form, revision: Revision) -> Response {
    let body = match form {
        Form::Text => "OK",
        Form::Json | Form::Pretty => r#"{"code":200,"type":"OK"}"#,
        Form::Yaml => "code: 200\ntype: OK\n",
    };
    respond(form, StatusCode::OK, Some(revision), Bytes::from_static(body.as_bytes()))
}

/// Why it was not done.
pub(super) fn refusal(form: Form, error: &Error) -> Response {
    let failure = Failure::from(error);
    let mut sentence = failure.message.clone();
    for cause in error.causes() {
        let _ = write!(sentence, ": {cause}");
    }
    let body = match form {
        Form::Text => format!("{sentence}\n"),
        Form::Json | Form::Pretty => serde_json::to_string(&failure).unwrap_or_default(),
        Form::Yaml => {
            let message = yaml::scalar(&sentence, 2);
            format!("code: {}\nmessage: {message}\ntype: ERROR\n", failure.code)
        }
    };
    let status = StatusCode::from_u16(failure.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(form, status, None, body.into())
}

fn respond(form: Form, status: StatusCode, revision: Option<Revision>, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    if let Some(revision) = revision {
        headers.insert(HeaderName::from_static(VERSION), HeaderValue::from(revision));
    }
    response
}
