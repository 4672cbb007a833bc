//! One answer of metad's protocol.

use hyper::StatusCode;

use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};

/// Answers a request.
pub async fn answer(_app: &App, _asked: Asked) -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "Not found")
}
