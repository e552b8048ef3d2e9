//! One dead letter: a fact or a scheduled run that was given up.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::handler::{FailedRun, GiveUp};
use crate::node_id::NodeId;

/// Maximum number of bytes of a stored error.
const MAX_ERROR_BYTES: usize = 1_024;

/// Handler that failed, by what it handles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HandlerKey {
    /// Topic of the facts.
    Topic(String),
    /// Name of the schedule.
    Schedule(String),
}

/// A dead letter without its payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeadLetter {
    #[serde(flatten)]
    pub(crate) handler: HandlerKey,
    /// Source location of the handler.
    pub(crate) at: String,
    /// Version of the service.
    pub(crate) version: String,
    /// Publisher of the fact, as hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publisher: Option<String>,
    /// Time of publication by the publisher's clock, or time at which the run was due, in
    /// milliseconds since 1970.
    pub(crate) published_at: u64,
    pub(crate) attempts: u32,
    pub(crate) first_failed_at: u64,
    pub(crate) last_failed_at: u64,
    /// Reason for giving up.
    pub(crate) reason: String,
    pub(crate) error: String,
}

impl DeadLetter {
    /// Returns the publisher.
    pub(crate) fn publisher(&self) -> Option<NodeId> {
        self.publisher.as_ref()?.parse().ok()
    }

    /// Records one more failed attempt.
    pub(crate) fn failed_again(&mut self, failed: &FailedRun, at: SystemTime) {
        self.attempts = self.attempts.saturating_add(1);
        self.last_failed_at = to_ms(at);
        self.error = bounded(&failed.error);
        if let Some(reason) = failed.permanent {
            self.reason = reason.to_string();
        }
    }
}

/// What was given up, and why.
#[derive(Debug)]
pub(crate) struct GivenUp<'a> {
    pub(crate) handler: HandlerKey,
    pub(crate) at: &'a str,
    pub(crate) version: &'a str,
    pub(crate) publisher: Option<NodeId>,
    pub(crate) published_at: SystemTime,
    pub(crate) reason: GiveUp,
    pub(crate) error: &'a str,
    pub(crate) now: SystemTime,
}

/// Attempts of one fact or run so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempts {
    pub(crate) failed: u32,
    pub(crate) first_failed_at: SystemTime,
}

impl Attempts {
    /// Counts a failed attempt.
    pub(crate) fn count(so_far: Option<Self>, now: SystemTime) -> Self {
        let so_far = so_far.unwrap_or(Self {
            failed: 0,
            first_failed_at: now,
        });
        Self {
            failed: so_far.failed.saturating_add(1),
            ..so_far
        }
    }

    /// Returns the dead letter of what was given up.
    pub(crate) fn dead_letter(self, given_up: GivenUp<'_>) -> DeadLetter {
        DeadLetter {
            handler: given_up.handler,
            at: given_up.at.to_owned(),
            version: given_up.version.to_owned(),
            publisher: given_up.publisher.map(|publisher| publisher.to_string()),
            published_at: to_ms(given_up.published_at),
            attempts: self.failed,
            first_failed_at: to_ms(self.first_failed_at),
            last_failed_at: to_ms(given_up.now),
            reason: given_up.reason.to_string(),
            error: bounded(given_up.error),
        }
    }
}

/// Returns the text, truncated between characters.
fn bounded(text: &str) -> String {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= MAX_ERROR_BYTES).last();
    text[..end.unwrap_or(0)].to_owned()
}

fn to_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
