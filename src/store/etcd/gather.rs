//! From etcd's events to whole commits: fragments put together, foreign keys and
//! bookkeeping left out.

use std::collections::BTreeMap;

use etcd_client::proto::{PbEvent, PbKeyValue};

use super::layout::Layout;
use crate::model::path::Path;
use crate::store::watching::Past;
use crate::store::{Changed, Logged, Revised, Revision};

/// Events of revisions that are not complete yet.
pub(super) struct Gather {
    layout: Layout,
    subtrees: Vec<Path>,
    past: Past,
    log: String,
    revisions: BTreeMap<Revision, Gathered>,
}

#[derive(Default)]
struct Gathered {
    note: Option<Logged>,
    changes: Vec<Changed>,
}

impl Gather {
    pub(super) fn new(layout: Layout, subtrees: Vec<Path>, past: Past) -> Gather {
        let log = layout.log();
        Gather { layout, subtrees, past, log, revisions: BTreeMap::new() }
    }

    /// Whether events have to come with what was there before.
    pub(super) fn past(&self) -> Past {
        self.past
    }

    /// One range with everything that is wanted and the log.
    pub(super) fn covering(&self) -> (Vec<u8>, Vec<u8>) {
        let span = self.layout.covering(&self.subtrees);
        (span.from, span.to.unwrap_or_default())
    }

    /// Forgets what has come of an answer that was cut off.
    pub(super) fn reset(&mut self) {
        self.revisions.clear();
    }

    /// Takes one event.
    pub(super) fn add(&mut self, event: PbEvent) {
        let deleted = event.r#type == etcd_client::EventType::Delete as i32;
        let Some(key) = event.kv else { return };
        let gathered = self.revisions.entry(key.mod_revision as Revision).or_default();
        if key.key == self.log.as_bytes() {
            gathered.note = serde_json::from_slice(&key.value).ok();
            return;
        }
        let Some(path) = self.layout.path(&key.key).and_then(|path| Path::from_stored(&path))
        else {
            return;
        };
        if self.subtrees.iter().any(|top| top.contains(&path)) {
            gathered.changes.extend(changed(path, deleted, key, event.prev_kv, self.past));
        }
    }

    /// The commits that are complete, in order; one without a change of what is
    /// watched has only its revision.
    pub(super) fn complete(&mut self) -> impl Iterator<Item = Revised> + use<> {
        std::mem::take(&mut self.revisions).into_iter().map(|(revision, mut gathered)| {
            gathered.changes.sort_by(|left, right| left.path.cmp(&right.path));
            Revised { revision, note: gathered.note, changes: gathered.changes }
        })
    }
}

/// The change of one key, as far as it is text before or after.
fn changed(
    path: Path,
    deleted: bool,
    key: PbKeyValue,
    before: Option<PbKeyValue>,
    past: Past,
) -> Option<Changed> {
    let was_there = before.is_some();
    let previous = before.and_then(|before| String::from_utf8(before.value).ok());
    let lease = (key.lease != 0).then_some(key.lease);
    let value = if deleted { None } else { String::from_utf8(key.value).ok() };
    // Of a deletion whose past is compacted it is not known what was there, and
    // where the past is not told of nothing.
    let unknown = past == Past::Untold || (deleted && !was_there);
    let of_text = value.is_some() || previous.is_some() || unknown;
    of_text.then_some(Changed { path, previous, value, lease })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, value: &[u8], revision: i64) -> PbKeyValue {
        PbKeyValue {
            key: key.into(),
            value: value.to_vec(),
            mod_revision: revision,
            ..PbKeyValue::default()
        }
    }

    fn put(path: &str, value: &[u8], revision: i64) -> PbEvent {
        PbEvent { r#type: 0, kv: Some(key(path, value, revision)), prev_kv: None }
    }

    #[test]
    fn a_revision_is_one_commit_with_its_note() {
        let layout = Layout::new(Some(&Path::parse("/m").unwrap())).unwrap();
        let mut gather = Gather::new(layout, vec![Path::parse("/cl-1").unwrap()], Past::Told);
        let note =
            br#"{"actor":"a","command":"c","operation":"o","time_ms":1,"paths":["/cl-1/b"]}"#;
        gather.add(put("/m/cl-1/b", b"1", 7));
        gather.add(put("/_metactl/@m/gen/cl-1", b"", 7));
        gather.add(put("/m/cl-1/a", b"1", 7));
        gather.add(put("/m/cl-10/a", b"1", 7));
        gather.add(put("/_metactl/@m/log", note, 7));
        gather.add(put("/m/cl-1/c", b"\xff", 8));
        gather.add(PbEvent {
            r#type: 1,
            kv: Some(key("/m/cl-1/a", b"", 9)),
            prev_kv: Some(key("/m/cl-1/a", b"1", 7)),
        });
        let commits: Vec<_> = gather.complete().collect();
        let revisions: Vec<_> = commits.iter().map(|commit| commit.revision).collect();
        assert_eq!(revisions, [7, 8, 9]);
        let paths: Vec<_> = commits[0].changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["/cl-1/a", "/cl-1/b"]);
        assert_eq!(commits[0].note.as_ref().unwrap().note.actor, "a");
        assert!(commits[1].changes.is_empty());
        assert_eq!(commits[2].changes[0].previous.as_deref(), Some("1"));
        assert_eq!(commits[2].changes[0].value, None);
        assert_eq!(gather.complete().count(), 0);
    }

    #[test]
    fn what_is_no_text_is_gone_for_who_is_not_told_the_past() {
        let layout = Layout::new(None).unwrap();
        let of = |past| {
            let mut gather = Gather::new(layout.clone(), vec![Path::root()], past);
            gather.add(put("/cl-1/a", b"\xff", 7));
            gather.complete().flat_map(|commit| commit.changes).collect::<Vec<_>>()
        };
        assert_eq!(of(Past::Told), []);
        let [gone] = of(Past::Untold).try_into().unwrap();
        assert_eq!((gone.path.as_str(), gone.value), ("/cl-1/a", None));
    }
}
