//! What has to be known of a metadata service.

use std::time::Duration;

use crate::client::options::Place;
use crate::client::tls::TlsFiles;

/// Where a service is, and as whom it is asked.
#[derive(Clone)]
pub struct HttpOptions {
    /// The metadata API.
    pub metadata: Place,
    /// The management API.
    pub manage: Place,
    /// Whether somebody has named it: else it need not be open to this machine.
    pub manage_is_named: bool,
    pub tls: TlsFiles,
    /// The secret word of the management API.
    pub token: Option<String>,
    /// How long one call may take, with all its attempts.
    pub timeout: Duration,
}
