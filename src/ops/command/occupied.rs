//! Slots that hold a command which has not ended.

use std::collections::BTreeMap;

use super::cancel;
use crate::error::Result;
use crate::model::command::{Fate, Order, State, Step, Target, order};
use crate::model::path::Path;
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::reading::Entry;
use crate::store::{At, What, reading};

/// A slot that is taken.
pub(super) struct Occupied {
    pub(super) node: Target,
    /// Of the command in it.
    pub(super) id: String,
    /// None when nobody has a record of it, as with those of other programs.
    pub(super) fate: Option<Fate>,
}

impl Occupied {
    /// How far its command is, as the end of a sentence.
    pub(super) fn words(&self) -> &'static str {
        match self.fate.as_ref().map(|fate| fate.state) {
            Some(State::Pending) => "is pending",
            Some(_) => "is running",
            None => "no agent has reported on",
        }
    }
}

/// The slots of `due` that are taken by other commands than `own`.
pub(super) async fn find(
    view: &View,
    entries: &[Entry],
    slots: &Path,
    due: &[(&Step, &Target)],
    own: &str,
) -> Result<Vec<Occupied>> {
    let ids = ids(entries, slots);
    let (mut found, mut what) = (Vec::new(), Vec::new());
    for (_, node) in due {
        let Some(id) = ids.get(node.instance_id.as_str()).filter(|id| **id != own) else {
            continue;
        };
        // What is no name of a key has no record either.
        what.extend(order::fate(id, &node.node_id).ok().map(What::Key));
        found.push(Occupied { node: (*node).clone(), id: (*id).to_owned(), fate: None });
    }
    if found.is_empty() {
        return Ok(found);
    }
    let (_, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    for one in &mut found {
        let path = order::fate(&one.id, &one.node.node_id).ok();
        let entry = entries.iter().find(|entry| Some(&entry.path) == path.as_ref());
        one.fate = entry.map(|entry| Fate::read(&entry.value)).transpose()?;
    }
    found.retain(|one| one.fate.as_ref().is_none_or(|fate| !fate.state.is_over()));
    Ok(found)
}

/// The id in each slot that is not empty, by instance id.
pub(super) fn ids<'a>(entries: &'a [Entry], slots: &Path) -> BTreeMap<&'a str, &'a str> {
    let id = |entry: &'a Entry| {
        let name = slots.relative(entry.path.as_str())?.strip_suffix("/id")?.len();
        // From the entry's own text, which lives longer.
        let end = entry.path.as_str().len() - "/id".len();
        let instance = entry.path.as_str().get(end - name + 1..end)?;
        (!entry.value.is_empty() && !instance.contains('/')).then_some((instance, &*entry.value))
    };
    entries.iter().filter_map(id).collect()
}

/// Cancels those that no agent has begun with; false when there are none.
pub(super) async fn withdraw(
    view: &View,
    taken: &[Occupied],
    by: &Order,
    notes: &mut Notes,
) -> Result<bool> {
    let mut pending: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in taken {
        if one.fate.as_ref().is_some_and(|fate| fate.state == State::Pending) {
            pending.entry(&one.id).or_default().push(one.node.node_id.clone());
        }
    }
    let reason = format!("replaced by {} of {}", by.id, by.actor);
    for (id, nodes) in &pending {
        cancel::nodes(view, id, &reason, |node| nodes.contains(&node.node_id), notes).await?;
    }
    Ok(!pending.is_empty())
}
