//! Times to live, as the store behind the service keeps them.

use std::time::Duration;

use reqwest::Method;

use super::store::{Inner, encoded};
use crate::client::link::{Ask, Fault};
use crate::client::wire::{Grant, LeaseTold, millis};
use crate::error::{Kind, Result};
use crate::store::{Lease, LeaseId};

impl Inner {
    /// A new lease. One whose answer was lost runs out by itself.
    pub(super) async fn grant_lease(&self, ttl: Duration) -> Result<Lease> {
        // Parts of a millisecond count as one, as parts of a second do.
        let part = u64::from(!ttl.subsec_nanos().is_multiple_of(1_000_000));
        let body = encoded(&Grant { ttl_ms: millis(ttl).saturating_add(part) })?;
        let ask = Ask::json(Method::POST, "/v1/leases", body);
        let told: LeaseTold = self.ask(self.manage.deadline(), &ask).await?;
        Ok(told.into())
    }

    /// Sets a lease back to its full length.
    pub(super) async fn renew_lease(&self, id: LeaseId) -> Result<Lease> {
        let ask = Ask { method: Method::PUT, ..Ask::get(format!("/v1/leases/{id}")) };
        let told: LeaseTold = self.ask(self.manage.deadline(), &ask).await?;
        Ok(told.into())
    }

    /// Ends a lease and deletes its keys.
    pub(super) async fn revoke_lease(&self, id: LeaseId) -> Result<()> {
        let ask = Ask { method: Method::DELETE, ..Ask::get(format!("/v1/leases/{id}")) };
        let link = &self.manage;
        let mut unanswered = false;
        let mut turns = link.turns(link.deadline());
        loop {
            let (server, until) = turns.now();
            let answer = match link.begin(server, until, &ask).await {
                Ok(response) => link.whole(response, until).await.map(drop),
                Err(fault) => Err(fault),
            };
            match answer {
                Err(Fault::Away { error, sent }) => {
                    unanswered |= sent;
                    turns.next(Fault::Away { error, sent }).await?;
                }
                // Its absence is the work of an attempt whose answer was lost.
                Err(Fault::Refused { status: 404, .. }) if unanswered => return Ok(()),
                answer => return Ok(answer?),
            }
        }
    }

    /// What is known of a lease.
    pub(super) async fn find_lease(&self, id: LeaseId) -> Result<Option<Lease>> {
        let ask = Ask::get(format!("/v1/leases/{id}"));
        let told: Result<LeaseTold, Fault> = self.ask(self.manage.deadline(), &ask).await;
        match told.map_err(crate::error::Error::from) {
            Ok(told) => Ok(Some(told.into())),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
