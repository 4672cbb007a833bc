//! The routes of the management API.

use std::sync::Arc;

use axum::Router;

use crate::serve::app::App;

/// All routes of the API.
pub fn router(_app: Arc<App>) -> Router {
    Router::new()
}
