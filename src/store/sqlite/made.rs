//! Whose commit it was: found again by the operation in its note.

use super::failure::Result;
use super::meta::number;
use super::snapshot::Snapshot;
use crate::store::{Logged, Outcome, Revision, refusals};

impl Snapshot<'_> {
    /// The outcome of the commit of `operation`, if it is among those after `after`.
    pub(super) fn made(&self, operation: &str, after: Revision) -> Result<Option<Outcome>> {
        if after < self.meta.compacted {
            return Err(refusals::compacted(after, self.meta.oldest()).into());
        }
        let mut notes = self
            .connection
            .prepare_cached("SELECT rev, note FROM commits WHERE rev > ?1 ORDER BY rev DESC")?;
        let mut notes = notes.query([number(after)])?;
        while let Some(row) = notes.next()? {
            let logged: Option<Logged> = serde_json::from_str(row.get_ref(1)?.as_str()?).ok();
            if let Some(logged) = logged.filter(|logged| logged.note.operation == operation) {
                let revision = row.get::<_, i64>(0)?.unsigned_abs();
                return Ok(Some(logged.outcome(revision)));
            }
        }
        Ok(None)
    }
}
