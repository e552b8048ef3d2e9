//! What is kept of a call with a key.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use super::MAX_ANSWER;
use crate::capability::{NodeId, Refusal};
use crate::codec::{self, Payload};

/// Number of bytes that an entry counts beside its answer.
pub(super) const OVERHEAD: u64 = 256;

/// Identity of a call: its caller, procedure and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallId(pub(super) [u8; 32]);

impl CallId {
    pub(crate) fn new(caller: NodeId, procedure: &str, key: &str) -> Self {
        // A procedure has no control characters, so no two calls have the same input.
        let hash = Sha256::new()
            .chain_update(caller.as_bytes())
            .chain_update(procedure)
            .chain_update([0])
            .chain_update(key);
        Self(hash.finalize().into())
    }
}

/// What a repeat gets.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// The answer of the handler.
    Answer {
        answer: Arc<Result<Payload, Refusal>>,
        bytes: u64,
    },
    /// The handler has run, and its answer is too large to keep.
    TooLarge(u64),
    /// The handler may have run.
    Unknown,
}

impl Kept {
    pub(super) fn new(answer: &Arc<Result<Payload, Refusal>>) -> Self {
        let bytes = match &**answer {
            Ok(payload) => codec::encoded_len(payload),
            Err(refusal) => refusal.to_detail().len() as u64,
        };
        if bytes > MAX_ANSWER {
            return Self::TooLarge(bytes);
        }
        Self::Answer {
            answer: Arc::clone(answer),
            bytes,
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        match self {
            Self::Answer { bytes, .. } => *bytes,
            Self::TooLarge(_) | Self::Unknown => 0,
        }
    }

    /// Returns the answer to a repeat.
    pub(crate) fn repeat(&self) -> Result<Payload, Refusal> {
        match self {
            Self::Answer { answer, .. } => Result::clone(answer),
            Self::TooLarge(bytes) => Err(Refusal::new(
                "answer_not_kept",
                format!(
                    "the call has run; its answer of {bytes} bytes is larger than the {MAX_ANSWER} bytes that are kept"
                ),
            )),
            Self::Unknown => Err(unknown()),
        }
    }
}

/// Returns the refusal of a repeat whose first call may have run.
pub(crate) fn unknown() -> Refusal {
    Refusal::new(
        "outcome_unknown",
        "the first call with this key did not end; look up whether it had its effect, then use a new key",
    )
}

/// An entry on the disk.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// Number of the run, which tells it from a later run with the same key.
    pub(super) run: u64,
    pub(super) fingerprint: [u8; 32],
    pub(super) window: Duration,
    /// End of the window in milliseconds since 1970; `None` for a call that has not ended. Its
    /// window starts with the next process.
    pub(super) ends_at: Option<u64>,
    pub(super) kept: Kept,
}

impl Stored {
    pub(super) const fn started(run: u64, fingerprint: [u8; 32], window: Duration) -> Self {
        Self {
            run,
            fingerprint,
            window,
            ends_at: None,
            kept: Kept::Unknown,
        }
    }

    pub(super) fn ended(run: u64, fingerprint: [u8; 32], window: Duration, kept: Kept) -> Self {
        Self {
            run,
            fingerprint,
            window,
            ends_at: Some(milliseconds(since_1970() + window)),
            kept,
        }
    }

    /// Returns the rest of the window; `None` if it has passed.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let Some(ends_at) = self.ends_at else {
            return Some(self.window);
        };
        let remaining = Duration::from_millis(ends_at).checked_sub(since_1970())?;
        // The clock may have been set back.
        Some(remaining.min(self.window)).filter(|remaining| !remaining.is_zero())
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
