//! Errors on the wire: what a service says of a failure, and what a client makes of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// An error as a service tells it. The first three fields are what metad says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// The HTTP status.
    #[serde(default)]
    pub code: u16,
    pub message: String,
    /// `ERROR`, always.
    #[serde(rename = "type", default = "error")]
    of: String,
    /// What kind of failure it is; none from services that are not metactl's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
    /// Whether the same call can succeed when it is made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retry: bool,
}

fn error() -> String {
    "ERROR".to_owned()
}

/// The kinds by their names on the wire; not those of a child process, which no service runs.
const NAMES: [(Kind, &str); 15] = [
    (Kind::Failed, "failed"),
    (Kind::Usage, "usage"),
    (Kind::Unconfirmed, "unconfirmed"),
    (Kind::Invalid, "invalid"),
    (Kind::TooLarge, "too_large"),
    (Kind::Unsupported, "unsupported"),
    (Kind::NotFound, "not_found"),
    (Kind::Conflict, "conflict"),
    (Kind::Compacted, "compacted"),
    (Kind::Unavailable, "unavailable"),
    (Kind::Denied, "denied"),
    (Kind::TimedOut, "timed_out"),
    (Kind::Interrupted, "interrupted"),
    (Kind::Terminated, "terminated"),
    (Kind::ClosedPipe, "closed_pipe"),
];

impl Failure {
    /// What somebody says that is not metactl.
    pub(super) fn foreign(code: u16, message: String) -> Failure {
        let (causes, hints) = (Vec::new(), Vec::new());
        Failure { code, message, of: error(), kind: None, causes, hints, retry: false }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        let name = NAMES.iter().find(|(kind, _)| *kind == error.kind());
        Failure {
            code: error.kind().http_status(),
            message: error.message().to_owned(),
            of: self::error(),
            kind: name.map(|(_, name)| (*name).to_owned()),
            causes: error.causes(),
            hints: error.hints().to_vec(),
            retry: error.can_retry(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        let named = |name: &String| NAMES.iter().find(|(_, known)| known == name);
        let kind = failure.kind.as_ref().and_then(named).map(|(kind, _)| *kind);
        let kind = kind.unwrap_or_else(|| kind_of_status(failure.code));
        let mut error = Error::new(kind, failure.message);
        if let Some(cause) = Cause::of(failure.causes) {
            error = error.because(cause);
        }
        if failure.retry {
            error = error.retryable();
        }
        failure.hints.into_iter().fold(error, Error::hint)
    }
}

/// What an HTTP status says, where nothing else does.
pub fn kind_of_status(status: u16) -> Kind {
    match status {
        401 | 403 => Kind::Denied,
        404 => Kind::NotFound,
        409 | 412 => Kind::Conflict,
        410 => Kind::Compacted,
        413 => Kind::TooLarge,
        405 | 501 => Kind::Unsupported,
        408 | 429 | 502..=504 => Kind::Unavailable,
        400..=499 => Kind::Invalid,
        _ => Kind::Failed,
    }
}

/// A cause that came over the wire, with its own.
#[derive(Debug)]
struct Cause {
    text: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    fn of(causes: Vec<String>) -> Option<Cause> {
        causes
            .into_iter()
            .rev()
            .fold(None, |source, text| Some(Cause { text, source: source.map(Box::new) }))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_over_whole() {
        let inner = Error::new(Kind::Failed, "the disk").because("is full");
        let error = Error::conflict("`/x` is there since revision 5")
            .because(inner)
            .hint("Type `metactl get /x`")
            .retryable();
        let text = serde_json::to_string(&Failure::from(&error)).unwrap();
        let failure: Failure = serde_json::from_str(&text).unwrap();
        assert_eq!(failure.code, 409);
        let told = Error::from(failure);
        assert_eq!(told.kind(), Kind::Conflict);
        assert_eq!(told.message(), error.message());
        assert_eq!(told.causes(), ["the disk", "is full"]);
        assert_eq!(told.hints(), error.hints());
        assert!(told.can_retry());
    }

    #[test]
    fn every_kind_has_a_name() {
        let of_child =
            |kind: &Kind| matches!(kind, Kind::NoCommand | Kind::NotRunnable | Kind::Child(_));
        for kind in Kind::ALL.into_iter().filter(|kind| !of_child(kind)) {
            let error = Error::new(kind, "x");
            assert_eq!(Error::from(Failure::from(&error)).kind(), kind);
        }
        let foreign: Failure = serde_json::from_str(r#"{"code":404,"message":"no"}"#).unwrap();
        assert_eq!(Error::from(foreign).kind(), Kind::NotFound);
    }
}
