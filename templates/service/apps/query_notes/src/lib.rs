//! The query `notes.find`: reads the projection.

use hecate_om::capability;
use project_notes::Notes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Maximum number of notes in a response.
const LIMIT: usize = 50;

/// Request of `notes.find`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindNotes {
    /// Text to look for, case-sensitive; an empty one matches every note.
    pub term: String,
}

/// Response of `notes.find`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotesFound {
    /// Matching notes, newest first, at most 50.
    pub notes: Vec<String>,
}

/// Finds the notes that contain a term.
#[capability("notes.find", version = 1, access = open, max_bytes = "1 KiB", timeout = "5s")]
pub async fn find(notes: &Notes, query: FindNotes) -> NotesFound {
    NotesFound {
        notes: notes.containing(&query.term, LIMIT),
    }
}

#[cfg(test)]
mod tests {
    use project_notes::NoteTaken;

    use super::*;

    #[tokio::test]
    async fn notes_are_found_by_a_part_of_their_text() {
        let notes = Notes::default();
        for text in ["buy milk", "call Ada"] {
            notes.apply(NoteTaken { text: text.into() });
        }
        let find = async |term: &str| super::find(&notes, FindNotes { term: term.into() }).await;
        assert_eq!(find("milk").await.notes, ["buy milk"]);
        assert!(find("beer").await.notes.is_empty());
    }
}
