//! The projection: what was decided, as queries read it. It is kept in memory, so it is empty after a restart.

use std::sync::{PoisonError, RwLock};

/// What happened: a note was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteTaken {
    /// Its text.
    pub text: String,
}

/// The notes, in the order in which they were taken.
#[derive(Debug, Default)]
pub struct Notes(RwLock<Vec<String>>);

impl Notes {
    /// How many are kept; the oldest gives way to a further one.
    pub const MOST: usize = 10_000;

    /// Takes in what happened.
    pub fn apply(&self, fact: NoteTaken) {
        let mut notes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if notes.len() == Self::MOST {
            notes.remove(0);
        }
        notes.push(fact.text);
    }

    /// The newest `most` notes that contain `term`, newest first.
    pub fn containing(&self, term: &str, most: usize) -> Vec<String> {
        let notes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = notes.iter().rev().filter(|note| note.contains(term));
        found.take(most).cloned().collect()
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
    fn the_oldest_note_gives_way() {
        let notes = Notes::default();
        for number in 0..=Notes::MOST {
            let text = format!("note {number}.");
            notes.apply(NoteTaken { text });
        }
        assert!(notes.containing("note 0.", 1).is_empty());
        assert_eq!(notes.containing("note 1.", 1), ["note 1."]);
    }
}
