//! From an endpoint to its store: the only place that asks for its kind.

use std::sync::Arc;

use super::Store;
use super::sqlite::Sqlite;
use crate::config::Target;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};

/// Opens the store that `target` names; `Unavailable` when it cannot be reached.
pub async fn open(target: &Target) -> Result<Arc<dyn Store>> {
    match &target.endpoint.value {
        Endpoint::File(path) => Ok(Arc::new(Sqlite::new(path, target.request_timeout.value))),
        Endpoint::Etcd(_) => {
            Err(Error::new(Kind::Unsupported, format!("opening `{}`", target.endpoint.value)))
        }
    }
}
