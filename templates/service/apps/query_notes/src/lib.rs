//! The query `notes.find`: answers from the projection, and changes nothing.

use hecate_om::capability;
use project_notes::Notes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most notes that are answered.
const MOST: usize = 50;

/// What to look for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindNotes {
    /// What the notes contain, as it is written there; nothing, for any.
    pub term: String,
}

/// What was found.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotesFound {
    /// The notes, newest first, 50 at most.
    pub notes: Vec<String>,
}

/// Finds the notes that contain a term.
#[capability("notes.find", version = 1, access = open, max_bytes = "1 KiB", timeout = "5s")]
pub async fn find(notes: &Notes, query: FindNotes) -> NotesFound {
    NotesFound {
        notes: notes.containing(&query.term, MOST),
    }
}

#[cfg(test)]
mod tests {
    use project_notes::NoteTaken;

    use super::*;

    #[tokio::test]
    async fn notes_are_found_by_what_they_contain() {
        let notes = Notes::default();
        for text in ["buy milk", "call Ada"] {
            notes.apply(NoteTaken { text: text.into() });
        }
        let find = async |term: &str| super::find(&notes, FindNotes { term: term.into() }).await;
        assert_eq!(find("milk").await.notes, ["buy milk"]);
        assert!(find("beer").await.notes.is_empty());
    }
}
