//! Time to live: etcd's own leases.

use std::time::{Duration, SystemTime};

use super::fault::Fault;
use super::store::Etcd;
use crate::error::Result;
use crate::store::{Lease, LeaseId, refusals};

impl Etcd {
    /// A new lease of whole seconds.
    pub(super) async fn grant_lease(&self, ttl: Duration) -> Result<Lease> {
        let seconds = ttl.as_secs() as i64;
        let granted = self
            .link
            .call(self.link.deadline(), |mut clients| async move {
                clients.lease.grant(seconds, None).await
            })
            .await
            .map_err(|fault| self.link.tell(fault, || "granting a lease".to_owned()))?;
        Ok(lease(granted.id(), granted.ttl(), granted.ttl()))
    }

    /// Sets a lease back to its full length.
    pub(super) async fn renew_lease(&self, id: LeaseId) -> Result<Lease> {
        let renewed = self
            .link
            .call(self.link.deadline(), |mut clients| async move {
                clients.lease.keep_alive(id).await.map(drop)
            })
            .await;
        renewed.map_err(|fault| self.tell_lease(fault, id, "renewing"))?;
        // The answer to a renewal does not hold the full length.
        self.find_lease(id).await?.ok_or_else(|| refusals::no_lease(id))
    }

    /// Ends a lease and deletes its keys.
    pub(super) async fn revoke_lease(&self, id: LeaseId) -> Result<()> {
        // Once it is known to be there, its absence is the work of an attempt
        // whose answer was lost.
        self.find_lease(id).await?.ok_or_else(|| refusals::no_lease(id))?;
        let revoked = self
            .link
            .call(self.link.deadline(), |mut clients| async move { clients.lease.revoke(id).await })
            .await;
        match revoked {
            Ok(_) | Err(Fault::NoLease) => Ok(()),
            Err(fault) => Err(self.tell_lease(fault, id, "revoking")),
        }
    }

    /// What is known of a lease.
    pub(super) async fn find_lease(&self, id: LeaseId) -> Result<Option<Lease>> {
        let found = self
            .link
            .call(self.link.deadline(), |mut clients| async move {
                clients.lease.time_to_live(id, None).await
            })
            .await;
        match found {
            Ok(found) if found.ttl() > 0 => Ok(Some(lease(id, found.granted_ttl(), found.ttl()))),
            Ok(_) | Err(Fault::NoLease) => Ok(None),
            Err(fault) => Err(self.tell_lease(fault, id, "looking for")),
        }
    }

    fn tell_lease(&self, fault: Fault, id: LeaseId, doing: &str) -> crate::error::Error {
        match fault {
            Fault::NoLease => refusals::no_lease(id),
            fault => self.link.tell(fault, || format!("{doing} lease `{id}`")),
        }
    }
}

/// A lease of `ttl` seconds with `left` of them to go.
fn lease(id: LeaseId, ttl: i64, left: i64) -> Lease {
    let seconds = |count: i64| Duration::from_secs(count.max(0) as u64);
    Lease { id, ttl: seconds(ttl), expires: SystemTime::now() + seconds(left) }
}
