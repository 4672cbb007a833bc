//! The tree as it stood right after one revision.

use std::collections::HashSet;

use rusqlite::{Connection, Transaction};

use super::failure::Result;
use super::meta::Meta;
use crate::store::commit::now_ms;
use crate::store::{At, LeaseId, Revision, refusals};

/// A read transaction: nothing changes in it, and it keeps no writer waiting.
pub(super) struct Snapshot<'c> {
    pub(super) connection: Transaction<'c>,
    pub(super) meta: Meta,
    pub(super) revision: Revision,
    pub(super) when: When,
}

/// Where the answers come from.
pub(super) enum When {
    /// The newest state, without the keys of leases that have run out.
    Now { expired: HashSet<LeaseId> },
    /// From history.
    Then,
}

impl<'c> Snapshot<'c> {
    pub(super) fn open(connection: &'c Connection, at: At) -> Result<Self> {
        let connection = connection.unchecked_transaction()?;
        let meta = Meta::load(&connection)?;
        let (revision, when) = match at {
            At::Latest => {
                let expired = expired(&connection, &meta)?;
                (meta.revision, When::Now { expired })
            }
            At::Revision(revision) => {
                check(revision, &meta)?;
                let when = if revision == meta.revision {
                    When::Now { expired: HashSet::new() }
                } else {
                    When::Then
                };
                (revision, when)
            }
        };
        Ok(Snapshot { connection, meta, revision, when })
    }
}

/// Whether `revision` can be read.
pub(super) fn check(revision: Revision, meta: &Meta) -> Result<()> {
    if revision > meta.revision {
        return Err(refusals::future(revision, meta.revision).into());
    }
    if revision < meta.oldest() {
        return Err(refusals::compacted(revision, meta.oldest()).into());
    }
    Ok(())
}

/// The leases that have run out and whose keys are still there.
pub(super) fn expired(connection: &Connection, meta: &Meta) -> Result<HashSet<LeaseId>> {
    let now = now_ms();
    if meta.deadline_ms.is_none_or(|deadline| deadline > now) {
        return Ok(HashSet::new());
    }
    let mut statement =
        connection.prepare_cached("SELECT id FROM leases WHERE deadline_ms <= ?1")?;
    let ids = statement.query_map([now], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}
