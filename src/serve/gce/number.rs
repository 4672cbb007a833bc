//! The numbers of projects.
//!
//! Google gives each project a number beside its id. Ours is drawn once and kept
//! at `/_metactl/projects/<id>/number`, written by the first service that is
//! asked for it, on the condition that nobody else has. So it goes with snapshots,
//! and can be chosen by who writes the record first. It is drawn from the id: a
//! service whose store is away or read only tells the number that it would write.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::error::{Kind, Result};
use crate::model::path::Path;
use crate::store::{At, Changes, Commit, Guard, Note, Store, reading};

/// Twelve digits, as Google's have.
const SMALLEST: u64 = 100_000_000_000;

/// How long a caller waits for the store, the first time that a number is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a store that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(10);

/// The numbers of projects that have been told.
#[derive(Debug, Default)]
pub struct Numbers(Mutex<BTreeMap<String, Known>>);

#[derive(Debug, Clone, Copy)]
enum Known {
    /// What the record holds.
    Kept(u64),
    /// The store did not answer, or does not take it.
    Away(Instant),
}

impl Numbers {
    /// The number of a project, from its record or the one to be written there.
    pub(super) async fn of(&self, store: &dyn Store, actor: &str, project: &str) -> u64 {
        let known = self.known().get(project).copied();
        match known {
            Some(Known::Kept(number)) => return number,
            Some(Known::Away(since)) if since.elapsed() < PAUSE => return drawn(project),
            // One of those who ask finds out; the others have an answer.
            Some(Known::Away(_)) => self.set(project, Known::Away(Instant::now())),
            None => {}
        }
        let kept = tokio::time::timeout(PATIENCE, kept(store, actor, project)).await;
        let (number, known) = match kept {
            Ok(Ok(number)) => (number, Known::Kept(number)),
            _ => (drawn(project), Known::Away(Instant::now())),
        };
        self.set(project, known);
        number
    }

    fn set(&self, project: &str, known: Known) {
        self.known().insert(project.to_owned(), known);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number in a project's record, which is written if there is none. A text
/// that is no number counts as the one that would be written.
async fn kept(store: &dyn Store, actor: &str, project: &str) -> Result<u64> {
    let number = drawn(project);
    let place = Path::parse("/_metactl/projects")?.child(project)?.child("number")?;
    let read = async || -> Result<Option<u64>> {
        let (_, entry) = reading::get(store, &place, At::Latest).await?;
        Ok(entry.map(|entry| entry.value.parse().unwrap_or(number)))
    };
    if let Some(number) = read().await? {
        return Ok(number);
    }
    let mut changes = Changes::new();
    changes.put(&place, &number.to_string());
    let guards = vec![Guard::Absent(place.clone())];
    let note = Note {
        actor: actor.to_owned(),
        command: format!("number of project {project}"),
        operation: std::iter::repeat_with(fastrand::alphanumeric).take(20).collect(),
    };
    match store.commit(&Commit { guards, changes, note }).await {
        // Another service was faster.
        Err(error) if error.kind() == Kind::Conflict => Ok(read().await?.unwrap_or(number)),
        outcome => outcome.map(|_| number),
    }
}

/// The number that an id leads to.
fn drawn(project: &str) -> u64 {
    let hash = Sha256::digest(project.as_bytes());
    let start = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    SMALLEST + start % (9 * SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::Memory;

    #[test]
    fn a_number_has_twelve_digits_and_stays() {
        for project in ["default", "shop", "", "ü"] {
            let number = drawn(project);
            assert_eq!(number.to_string().len(), 12, "{project}");
            assert_eq!(number, drawn(project));
        }
        assert_ne!(drawn("a"), drawn("b"));
    }

    #[tokio::test]
    async fn it_is_written_once_and_read_from_then_on() {
        let store = Memory::new();
        let number = Numbers::default().of(&store, "me", "shop").await;
        assert_eq!(number, drawn("shop"));
        let before = store.status().await.unwrap().revision;
        assert_eq!(Numbers::default().of(&store, "me", "shop").await, number);
        assert_eq!(store.status().await.unwrap().revision, before);
    }

    #[tokio::test]
    async fn who_writes_the_record_first_chooses_it() {
        let store = Memory::new();
        let mut changes = Changes::new();
        changes.put(&Path::parse("/_metactl/projects/shop/number").unwrap(), "7");
        store.commit(&Commit { changes, ..Commit::default() }).await.unwrap();
        assert_eq!(Numbers::default().of(&store, "me", "shop").await, 7);
    }
}
