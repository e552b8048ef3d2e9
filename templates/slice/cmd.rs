//! The command `{{ slice }}`: makes a decision, and returns the outcome.
//!
//! It keeps no state. To store the outcome, provide a state in the service's `start`, and borrow it
//! here as `&State`.

use hecate_om::{Refusal, capability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request of `{{ slice }}`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct {{ type_name }} {
    /// Subject of the command.
    pub subject: String,
}

/// Response of `{{ slice }}`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// Subject of the command, without leading and trailing white space.
    pub subject: String,
}

/// Accepts a command that has a subject.
///
/// Refuses with `no_subject` if the subject is blank.
#[capability("{{ slice }}", version = 1, access = open, max_bytes = "4 KiB", timeout = "5s")]
pub async fn {{ slice }}(command: {{ type_name }}) -> Result<Decided, Refusal> {
    match command.subject.trim() {
        "" => Err(Refusal::new("no_subject", "the command needs a subject")),
        subject => Ok(Decided {
            subject: subject.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn decide(subject: &str) -> Result<Decided, Refusal> {
        let subject = subject.into();
        {{ slice }}({{ type_name }} { subject }).await
    }

    #[tokio::test]
    async fn a_command_with_a_subject_is_accepted() {
        assert_eq!(decide(" it ").await.unwrap().subject, "it");
    }

    #[tokio::test]
    async fn a_command_without_a_subject_is_refused() {
        assert_eq!(decide(" ").await.unwrap_err().code(), "no_subject");
    }
}
