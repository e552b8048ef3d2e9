//! The command `{{ slice }}`: decides, and answers what happened.

use hecate_om::{Refusal, capability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is to be done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct {{ type_name }} {
    /// What it is to be done to.
    pub subject: String,
}

/// What happened.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// What it happened to, without the white space around it.
    pub subject: String,
}

/// Decides whether it is done, and keeps nothing: what is to outlive the answer goes to a state that the service
/// provides in `start`, borrowed here as `&State`.
///
/// Refuses with `no_subject`.
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
    async fn a_command_with_a_subject_is_done() {
        assert_eq!(decide(" it ").await.unwrap().subject, "it");
    }

    #[tokio::test]
    async fn a_command_without_a_subject_is_refused() {
        assert_eq!(decide(" ").await.unwrap_err().code(), "no_subject");
    }
}
