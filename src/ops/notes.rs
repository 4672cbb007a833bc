//! Notes for the commits of one command, no two of them the same.

use crate::store::Note;

/// A number for each commit.
pub(super) struct Notes {
    note: Note,
    next: usize,
}

impl Notes {
    pub(super) fn new(note: Note) -> Notes {
        Notes { note, next: 0 }
    }

    /// The note of the next commit.
    pub(super) fn next(&mut self) -> Note {
        self.words(self.note.command.clone())
    }

    /// The note of the next commit, with words of its own.
    pub(super) fn words(&mut self, command: String) -> Note {
        self.next += 1;
        let operation = format!("{}{}", self.note.operation, self.next);
        Note { actor: self.note.actor.clone(), command, operation }
    }
}
