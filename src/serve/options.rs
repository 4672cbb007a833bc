//! What decides how the service behaves, settled before it starts.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::path::Path;
use crate::serve::address::Address;

/// Settings of the service.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the metadata is served.
    pub listen: Vec<Address>,
    /// Where the management API is.
    pub manage: Vec<Address>,
    /// Where Google's protocol is served alone, beside the metadata address.
    pub gce: Vec<Address>,
    /// Group of the mapping.
    pub group: String,
    /// The directory that holds the clusters.
    pub cluster_root: Path,
    /// Nothing outside `/self` is shown to anybody.
    pub only_self: bool,
    /// When a poll is answered although nothing has changed.
    pub poll_limit: Duration,
    /// How long after a change further ones are collected.
    pub quiet_window: Duration,
    /// Where the last known state is kept for a start without the store.
    pub state_file: Option<PathBuf>,
    /// Nodes may write what is theirs.
    pub node_writes: bool,
    /// Nodes may also write their own custom metadata.
    pub node_attributes: bool,
    /// Google's guest attributes can be written by their own node.
    pub guest_attributes: bool,
    /// What is answered for the tokens of service accounts.
    pub service_account_token_file: Option<PathBuf>,
    /// How long requests may take to end when the service ends.
    pub drain_timeout: Duration,
}
