//! Notes for the commits of one command, no two of them the same.

use crate::store::Note;

/// A number for each commit.
pub(super) struct Numbers {
    note: Note,
    next: usize,
}

impl Numbers {
    pub(super) fn new(note: Note) -> Numbers {
        Numbers { note, next: 0 }
    }

    /// The note of the next commit.
    pub(super) fn next(&mut self) -> Note {
        self.next += 1;
        let operation = format!("{}{}", self.note.operation, self.next);
        Note { operation, ..self.note.clone() }
    }
}
