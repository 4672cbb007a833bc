//! The list of a cluster's commands, and the end of the oldest ones.

use super::occupied;
use super::records;
use crate::error::Result;
use crate::model::command::{Order, order};
use crate::model::path::Path;
use crate::ops::view::{View, fixed};
use crate::store::reading::Entry;
use crate::store::{At, Changes, Guard, Revision, What, reading};

/// What was read of a cluster.
pub(super) struct Listing<'a> {
    pub(super) revision: Revision,
    pub(super) entries: &'a [Entry],
    pub(super) index: &'a Path,
    pub(super) slots: &'a Path,
    /// The instances whose slots are filled by the same commit.
    pub(super) filled: Vec<&'a str>,
}

/// Puts a command at the end of its cluster's list, and takes away those that
/// are too many: with them goes what still lies in slots, so that no agent
/// takes an id without a record for a new one. Commands that have not ended
/// are kept, up to twice as many.
///
/// The condition on which the list was decided on comes back.
pub(super) async fn listed(
    view: &View,
    listing: Listing<'_>,
    added: &Order,
    changes: &mut Changes,
) -> Result<Guard> {
    let entry = listing.entries.iter().find(|entry| entry.path == *listing.index);
    let mut ids = entry.map(|entry| order::ids(&entry.value)).unwrap_or_default();
    ids.retain(|id| *id != added.id);
    let many = (ids.len() + 1).saturating_sub(order::KEPT);
    let gone = ended(view, &ids, many, listing.revision).await?;
    for id in &gone {
        changes.delete_tree(&order::directory(id)?);
        changes.delete_tree(&order::outputs(id)?);
    }
    for (instance, id) in occupied::ids(listing.entries, listing.slots) {
        if gone.iter().any(|one| one == id) && !listing.filled.contains(&instance) {
            clear(changes, &listing.slots.child(instance)?)?;
        }
    }
    ids.retain(|id| !gone.contains(id));
    ids.push(added.id.clone());
    changes.put(listing.index, &serde_json::to_string(&ids).unwrap_or_default());
    let revision = entry.map_or(0, |entry| entry.mod_revision);
    Ok(Guard::Revision(listing.index.clone(), revision))
}

/// The same with a read of its own, for a command that is in its slot already.
pub(in crate::ops) async fn listed_now(
    view: &View,
    added: &Order,
    changes: &mut Changes,
) -> Result<Guard> {
    let index = order::index(&added.cluster)?;
    let slots = order::slots(&view.scope().cluster_root.child(&added.cluster)?)?;
    let what = [What::Key(index.clone()), What::Subtree(slots.clone())];
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let filled = added.nodes().map(|(_, node)| node.instance_id.as_str()).collect();
    let listing = Listing { revision, entries: &entries, index: &index, slots: &slots, filled };
    listed(view, listing, added, changes).await
}

/// Empties one slot.
pub(super) fn clear(changes: &mut Changes, slot: &Path) -> Result<()> {
    for key in ["id", "cmd", "timeout"] {
        changes.delete(&slot.child(key)?);
    }
    Ok(())
}

/// The oldest `many` that have ended.
async fn ended(view: &View, ids: &[String], many: usize, at: Revision) -> Result<Vec<String>> {
    let oldest = ids.get(..many.min(ids.len())).unwrap_or_default();
    if oldest.is_empty() {
        return Ok(Vec::new());
    }
    let mut what = Vec::new();
    for id in oldest {
        what.push(What::Subtree(order::directory(id)?));
    }
    let (_, entries) = reading::collect(view.store(), &what, fixed(at)).await?;
    let too_many = many > order::KEPT;
    let mut gone = Vec::new();
    for id in oldest {
        let recorded = records::of(id, &entries).ok().flatten();
        let open = recorded
            .is_some_and(|recorded| recorded.fates.values().any(|fate| !fate.state.is_over()));
        if !open || too_many {
            gone.push(id.clone());
        }
    }
    Ok(gone)
}
