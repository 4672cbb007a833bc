//! What decides how the service behaves, settled before it starts.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::path::Path;
use crate::serve::access_log::{Form, Place};
use crate::serve::address::Address;
use crate::serve::caller::Trust;
use crate::serve::clients::Limits;
use crate::serve::tls;

/// By how much an idle poll may end earlier or later, in percent, so that those
/// who came together do not come again together.
const JITTER: u64 = 10;

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
    /// The token of the management API, without which it is on this machine alone.
    pub manage_token_file: Option<PathBuf>,
    /// The networks of proxies that are believed about who asks.
    pub trust: Trust,
    /// Connections of those proxies begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// How long a client may take for a request, and to take its answer.
    pub client_timeout: Duration,
    /// What one client may have open.
    pub limits: Limits,
    /// The certificate of the metadata address, and of the management API beyond
    /// this machine.
    pub tls: Option<tls::Files>,
    /// Where each request is told.
    pub access_log: Option<(Place, Form)>,
    /// Threads that serve nodes; without a number, one for each core.
    pub threads: Option<NonZeroUsize>,
    /// How long requests may take to end when the service ends.
    pub drain_timeout: Duration,
}

impl Options {
    /// When this very poll is answered although nothing has changed.
    pub fn idle_limit(&self) -> Duration {
        jittered(self.poll_limit)
    }
}

/// The limit of a poll, a little more or less.
fn jittered(limit: Duration) -> Duration {
    let percent = fastrand::u64(100 - JITTER..=100 + JITTER);
    let millis = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.saturating_mul(percent) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_differ_a_little() {
        let limit = Duration::from_secs(600);
        for _ in 0..100 {
            let jittered = jittered(limit);
            assert!(jittered >= limit * 9 / 10 && jittered <= limit * 11 / 10);
        }
        assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
    }
}
