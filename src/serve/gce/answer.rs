//! One answer of Google's protocol.

use hyper::StatusCode;

use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};

/// Whether a request to the shared address is one of this protocol: by its
/// path, and at the root by the header that all of Google's clients send.
pub fn is_asked(asked: &Asked) -> bool {
    let path = asked.uri.path();
    match path.strip_prefix("/computeMetadata") {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => {
            path == "/" && asked.headers.get("metadata-flavor").is_some_and(|by| by == "Google")
        }
    }
}

/// Answers a request.
pub async fn answer(_app: &App, _asked: Asked) -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "Not found")
}
