//! The command `notes.take`: decides whether a note is taken, and adds it to the projection.

use hecate_om::{Refusal, capability};
use project_notes::{NoteTaken, Notes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request of `notes.take`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TakeNote {
    /// Text of the note.
    pub text: String,
}

/// Response of `notes.take`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// Text of the note, without leading and trailing white space.
    pub text: String,
}

/// Takes a note, which `notes.find` then finds.
///
/// Refuses with `empty_note` if the text is blank.
#[capability("notes.take", version = 1, access = open, max_bytes = "4 KiB", timeout = "5s")]
pub async fn take(notes: &Notes, command: TakeNote) -> Result<Taken, Refusal> {
    let fact = decide(&command)?;
    let text = fact.text.clone();
    notes.apply(fact);
    Ok(Taken { text })
}

/// Returns the fact that the command leads to, or the reason why it is refused.
fn decide(command: &TakeNote) -> Result<NoteTaken, Refusal> {
    match command.text.trim() {
        "" => Err(Refusal::new("empty_note", "a note needs a text")),
        text => Ok(NoteTaken { text: text.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_note_that_is_taken_is_added_to_the_projection() {
        let notes = Notes::default();
        let text = " buy milk ".into();
        let taken = take(&notes, TakeNote { text }).await.unwrap();
        assert_eq!(taken.text, "buy milk");
        assert_eq!(notes.containing("", 10), ["buy milk"]);
    }

    #[tokio::test]
    async fn an_empty_note_is_refused_and_not_added() {
        let notes = Notes::default();
        let text = "  ".into();
        let refusal = take(&notes, TakeNote { text }).await.unwrap_err();
        assert_eq!(refusal.code(), "empty_note");
        assert!(notes.containing("", 10).is_empty());
    }
}
