//! The projection of the notes, which queries read. It is in memory, so it is empty after a
//! restart.

use std::sync::{PoisonError, RwLock};

/// A note was taken.
///
/// To tell other services, derive `Serialize` and `JsonSchema` here, add
/// `#[hecate_om::fact("{{ project-name }}/notes/note_taken_v1")]`, and publish it in `notes.take` with
/// `mesh.publish(&fact)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteTaken {
    /// Text of the note.
    pub text: String,
}

/// The notes, in the order in which they were taken.
#[derive(Debug, Default)]
pub struct Notes(RwLock<Vec<String>>);

impl Notes {
    /// Maximum number of notes; one more replaces the oldest.
    pub const CAPACITY: usize = 10_000;

    /// Adds a note that was taken.
    pub fn apply(&self, fact: NoteTaken) {
        let mut notes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if notes.len() == Self::CAPACITY {
            notes.remove(0);
        }
        notes.push(fact.text);
    }

    /// Returns the newest notes that contain `term`, at most `limit`, newest first.
    pub fn containing(&self, term: &str, limit: usize) -> Vec<String> {
        let notes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = notes.iter().rev().filter(|note| note.contains(term));
        found.take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_newest_first() {
        let notes = Notes::default();
        for text in ["a rose", "a tulip", "another rose"] {
            notes.apply(NoteTaken { text: text.into() });
        }
        assert_eq!(notes.containing("rose", 10), ["another rose", "a rose"]);
        assert_eq!(notes.containing("rose", 1), ["another rose"]);
    }

    #[test]
    fn a_note_beyond_the_capacity_replaces_the_oldest() {
        let notes = Notes::default();
        for number in 0..=Notes::CAPACITY {
            let text = format!("note {number}.");
            notes.apply(NoteTaken { text });
        }
        assert!(notes.containing("note 0.", 1).is_empty());
        assert_eq!(notes.containing("note 1.", 1), ["note 1."]);
    }
}
