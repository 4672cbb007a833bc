//! Leases, compaction and status on the wire.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::store::{Lease, LeaseId, Member, Revision, Status};

/// `POST /v1/leases`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub ttl_ms: u64,
}

/// A lease; how long it still lives, as clocks differ.
#[derive(Debug, Serialize, Deserialize)]
pub struct LeaseTold {
    id: LeaseId,
    ttl_ms: u64,
    left_ms: u64,
}

impl From<Lease> for LeaseTold {
    fn from(lease: Lease) -> LeaseTold {
        let left = lease.expires.duration_since(SystemTime::now()).unwrap_or_default();
        LeaseTold { id: lease.id, ttl_ms: millis(lease.ttl), left_ms: millis(left) }
    }
}

impl From<LeaseTold> for Lease {
    fn from(told: LeaseTold) -> Lease {
        let left = Duration::from_millis(told.left_ms.min(MOST_MS));
        let ttl = Duration::from_millis(told.ttl_ms.min(MOST_MS));
        Lease { id: told.id, ttl, expires: SystemTime::now() + left }
    }
}

/// A thousand years: what is longer is no time that a clock can be set to.
const MOST_MS: u64 = 1000 * 366 * 24 * 3600 * 1000;

/// Whole milliseconds.
pub fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// `POST /v1/compact`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compact {
    pub revision: Revision,
}

/// `GET /v1/status`, as it is sent.
#[derive(Debug, Serialize)]
pub struct ServiceStatus {
    /// The version of the service.
    pub service: &'static str,
    pub store: Status,
}

/// `GET /v1/status`, as it is taken.
#[derive(Debug, Deserialize)]
pub struct StatusTaken {
    pub service: String,
    pub store: StoreTaken,
}

/// [`Status`] of the store behind a service.
#[derive(Debug, Deserialize)]
pub struct StoreTaken {
    pub kind: String,
    pub version: String,
    pub revision: Revision,
    pub oldest: Revision,
    pub keys: u64,
    pub size: u64,
    #[serde(default)]
    pub members: Vec<Member>,
}
