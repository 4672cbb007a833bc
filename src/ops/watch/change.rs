//! What a watch delivers: changes, commit by commit.

use serde::{Serialize, Serializer};

use crate::model::path::Path;
use crate::store::{Logged, Revision};

/// Whether a path got a value or lost it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    Put,
    Delete,
}

impl Type {
    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Type::Put => "put",
            Type::Delete => "delete",
        }
    }
}

/// One path before and after a commit; its JSON is one line of `watch -o json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    #[serde(rename = "type")]
    pub kind: Type,
    /// The path as the watcher asked for it.
    pub path: Path,
    /// Where it is kept, if that is another path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_path: Option<Path>,
    /// The value now; none when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value before; none if there was none, or if it is no longer known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The commit's revision; of a comparison, the revision it was made at.
    pub revision: Revision,
    /// By the writer's clock; none when the writer has left no note.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    pub time: Option<jiff::Timestamp>,
    /// Who has committed it, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Part of the state that was there when the watch began.
    #[serde(skip_serializing_if = "is_false")]
    pub initial: bool,
    /// Found by comparing, after history was compacted: steps in between are not known.
    #[serde(skip_serializing_if = "is_false")]
    pub resync: bool,
    /// The revision that wrote the value, for the cursor.
    #[serde(skip)]
    pub written: Revision,
}

fn rfc3339<S: Serializer>(time: &Option<jiff::Timestamp>, out: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => out.collect_str(time),
        None => out.serialize_none(),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Where the changes of a commit come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The state at the start.
    Initial,
    /// A commit, as the store's history has it.
    History,
    /// A comparison with the present state.
    Resync,
}

/// The changes of one revision, never delivered apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub revision: Revision,
    pub origin: Origin,
    /// Sorted by path.
    pub changes: Vec<Change>,
    /// How many paths the watched view has after it.
    pub keys: usize,
}

/// What is the same for all changes of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub revision: Revision,
    pub origin: Origin,
    pub time: Option<jiff::Timestamp>,
    pub actor: Option<String>,
}

impl Stamp {
    /// Of a commit with the note it carries.
    pub fn of(revision: Revision, note: Option<&Logged>) -> Stamp {
        Stamp {
            revision,
            origin: Origin::History,
            time: note.and_then(|note| jiff::Timestamp::from_millisecond(note.time_ms).ok()),
            actor: note.map(|note| note.note.actor.clone()).filter(|actor| !actor.is_empty()),
        }
    }

    /// Of a comparison or a first read at `revision`.
    pub fn read(revision: Revision, origin: Origin) -> Stamp {
        Stamp { revision, origin, time: None, actor: None }
    }

    /// One change of this revision.
    pub fn change(
        &self,
        path: Path,
        real: Option<Path>,
        value: Option<String>,
        previous: Option<String>,
    ) -> Change {
        Change {
            kind: if value.is_some() { Type::Put } else { Type::Delete },
            real_path: real.filter(|real| *real != path),
            path,
            value,
            previous,
            revision: self.revision,
            time: self.time,
            actor: self.actor.clone(),
            initial: self.origin == Origin::Initial,
            resync: self.origin == Origin::Resync,
            written: self.revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Note;

    #[test]
    fn a_change_is_one_stable_line_of_json() {
        let note = Logged {
            note: Note { actor: "ann@host".to_owned(), ..Note::default() },
            time_ms: 1_700_000_000_123,
            ..Logged::default()
        };
        let real = Path::parse("/cl-1/env/x").unwrap();
        let asked = Path::parse("/self/env/x").unwrap();
        let change = Stamp::of(7, Some(&note)).change(
            asked.clone(),
            Some(real),
            Some("a\n".to_owned()),
            None,
        );
        assert_eq!(
            serde_json::to_string(&change).unwrap(),
            r#"{"type":"put","path":"/self/env/x","real_path":"/cl-1/env/x","value":"a\n","revision":7,"time":"2023-11-14T22:13:20.123Z","actor":"ann@host"}"#
        );
        let gone = Stamp::read(8, Origin::Resync).change(
            asked.clone(),
            Some(asked),
            None,
            Some("a".to_owned()),
        );
        assert_eq!(
            serde_json::to_string(&gone).unwrap(),
            r#"{"type":"delete","path":"/self/env/x","previous":"a","revision":8,"resync":true}"#
        );
    }
}
