//! What a client of metad's management API is answered with: text, JSON or YAML.

use std::fmt::Write as _;
use std::io;

use axum::body::Body;
use axum::response::Response;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};

use crate::client::failure::Failure;
use crate::client::wire::VERSION;
use crate::error::{Error, Kind, Result};
use crate::model::tree::{Leaves, Order};
use crate::model::yaml;
use crate::store::Revision;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Yaml,
}

impl Form {
    /// The first form that a client names; text for who names none.
    pub(super) fn of(headers: &HeaderMap) -> Form {
        let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let kinds = texts.flat_map(|text| text.split(',')).map(|range| {
            let kind = range.split(';').next().unwrap_or_default();
            kind.trim().rsplit(['/', '-']).next().unwrap_or_default().to_ascii_lowercase()
        });
        let named = kinds.filter_map(|kind| match kind.as_str() {
            "plain" | "*" => Some(Form::Text),
            "json" => Some(Form::Json),
            "yaml" => Some(Form::Yaml),
            _ => None,
        });
        named.into_iter().next().unwrap_or(Form::Text)
    }

    /// The order in which [`Form::directory`] takes leaves.
    pub(super) fn order(self) -> Order {
        if self == Form::Text { Order::Listing } else { Order::Nested }
    }

    /// A value by itself.
    pub(super) fn leaf(self, revision: Revision, value: &str) -> Result<Response> {
        let body = match self {
            Form::Text => value.to_owned(),
            Form::Json => serde_json::to_string(value).map_err(unwritten)?,
            Form::Yaml => format!("{}\n", yaml::scalar(value, 2)),
        };
        Ok(self.respond(StatusCode::OK, Some(revision), body.into_bytes()))
    }

    /// A directory, its leaves settled in the form's [`order`](Form::order).
    pub(super) fn directory(self, revision: Revision, leaves: &Leaves) -> Result<Response> {
        let mut body = Vec::new();
        match self {
            Form::Text => {
                let write = |path: &str, value: &str| {
                    io::Write::write_fmt(&mut body, format_args!("{path}\t{value}\n"))
                };
                leaves.try_each(write).map_err(unwritten)?;
            }
            Form::Json => {
                serde_json::to_writer(&mut body, &leaves.nested()).map_err(unwritten)?;
            }
            Form::Yaml => yaml::leaves(&mut body, leaves, 0).map_err(unwritten)?,
        }
        Ok(self.respond(StatusCode::OK, Some(revision), body))
    }

    /// A text that is JSON, which is YAML as well.
    pub(super) fn json(self, revision: Revision, body: String) -> Response {
        self.respond(StatusCode::OK, Some(revision), body.into_bytes())
    }

    /// Done, with nothing to show.
    pub(super) fn done(self, revision: Revision) -> Response {
        let body = match self {
            Form::Text => "OK",
            Form::Json => r#"{"code":200,"type":"OK"}"#,
            Form::Yaml => "code: 200\ntype: OK\n",
        };
        self.respond(StatusCode::OK, Some(revision), body.as_bytes().to_vec())
    }

    /// Why it was not done.
    pub(super) fn refusal(self, error: &Error) -> Response {
        let failure = Failure::from(error);
        let mut sentence = failure.message.clone();
        for cause in error.causes() {
            let _ = write!(sentence, ": {cause}");
        }
        let body = match self {
            Form::Text => format!("{sentence}\n"),
            Form::Json => serde_json::to_string(&failure).unwrap_or_default(),
            Form::Yaml => {
                let message = yaml::scalar(&sentence, 2);
                format!("code: {}\nmessage: {message}\ntype: ERROR\n", failure.code)
            }
        };
        let status =
            StatusCode::from_u16(failure.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.respond(status, None, body.into_bytes())
    }

    fn respond(self, status: StatusCode, revision: Option<Revision>, body: Vec<u8>) -> Response {
        let kind = match self {
            Form::Text => "text/plain; charset=utf-8",
            Form::Json => "application/json",
            Form::Yaml => "application/yaml",
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(revision) = revision {
            headers.insert(HeaderName::from_static(VERSION), HeaderValue::from(revision));
        }
        response
    }
}

fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Failed, "writing the answer").because(error)
}
