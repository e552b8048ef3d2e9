//! Outcomes of flow-control requests, and the delays before a request is repeated.

use std::time::Duration;

use tokio::time::Instant;

use super::message::WindowUpdate;
use crate::backoff::{Backoff, BackoffPolicy};

/// Delays for a provider that temporarily cannot answer: the provider does not know the stream yet,
/// or a link is being replaced.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(10), 3.0, Duration::from_secs(2));
/// Delays for a provider that does not advertise the procedure: the provider may advertise it soon,
/// or may be another implementation.
const UNADVERTISED_RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(250), 2.0, Duration::from_secs(30));
/// Time without an advertisement of the procedure, after which the provider counts as another
/// implementation, without flow control.
pub(super) const UNSUPPORTED_AFTER: Duration = Duration::from_secs(3);

/// Outcome of one request to the provider.
pub(super) enum FlowReply {
    Update(WindowUpdate),
    /// The provider does not advertise the procedure.
    Unadvertised,
    Failed,
    StreamEnded,
}

/// Delays before a request is repeated.
pub(super) struct RetryDelays {
    retry: Backoff,
    unadvertised: Backoff,
    /// Time since which the procedure has not been advertised.
    unadvertised_since: Option<Instant>,
    /// Whether the provider has ever answered.
    answered: bool,
}

impl RetryDelays {
    pub(super) fn new() -> Self {
        Self {
            retry: RETRY.start(),
            unadvertised: UNADVERTISED_RETRY.start(),
            unadvertised_since: None,
            answered: false,
        }
    }

    /// Returns the delay after `reply`, or `None` if the stream has ended.
    pub(super) fn after(&mut self, reply: &FlowReply) -> Option<Duration> {
        match reply {
            FlowReply::StreamEnded => None,
            FlowReply::Update(_) => {
                self.answered = true;
                self.unadvertised_since = None;
                self.retry.reset();
                Some(Duration::ZERO)
            }
            FlowReply::Unadvertised if !self.answered => {
                self.unadvertised_since.get_or_insert_with(Instant::now);
                Some(self.unadvertised.next_delay())
            }
            FlowReply::Unadvertised | FlowReply::Failed => {
                self.unadvertised_since = None;
                Some(self.retry.next_delay())
            }
        }
    }

    /// Returns the time for which a provider that has never answered has not advertised the
    /// procedure.
    pub(super) fn unadvertised_for(&self) -> Option<Duration> {
        self.unadvertised_since.map(|since| since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_provider_that_never_answered_and_does_not_advertise_has_no_flow_control() {
        let mut delays = RetryDelays::new();
        for _ in 0..20 {
            assert!(delays.after(&FlowReply::Failed).unwrap() < 3 * Duration::from_secs(1));
            tokio::time::advance(UNSUPPORTED_AFTER).await;
        }
        assert_eq!(delays.unadvertised_for(), None, "it may only be slow");

        delays.after(&FlowReply::Unadvertised).unwrap();
        tokio::time::advance(UNSUPPORTED_AFTER).await;
        delays.after(&FlowReply::Unadvertised).unwrap();
        assert_eq!(delays.unadvertised_for(), Some(UNSUPPORTED_AFTER));

        let update = WindowUpdate {
            consumed: 0,
            limit: None,
        };
        let answered = delays.after(&FlowReply::Update(update));
        assert_eq!(answered, Some(Duration::ZERO));
        for _ in 0..20 {
            delays.after(&FlowReply::Unadvertised).unwrap();
            tokio::time::advance(UNSUPPORTED_AFTER).await;
            assert_eq!(delays.unadvertised_for(), None, "it has answered once");
        }
        assert!(delays.after(&FlowReply::StreamEnded).is_none());
    }
}
