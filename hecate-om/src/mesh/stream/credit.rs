//! The caller's side of the flow control: reports of consumed items, and requests for credit.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{Call, Pool, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::budget::INITIAL;
use super::flow::{Ask, DRAIN_POLLS, PATIENCE, POLL, POLLS, Told, procedure};
use super::{STEP, WINDOW};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::codec::{self, Payload};
use crate::mesh::call_error::GONE;
use crate::mesh::shield::shielded;

/// Timeout of a report, after which it is repeated.
const REPORT: Duration = Duration::from_secs(5);
/// Timeout of a credit request, after which it is repeated; a provider answers sooner.
const QUESTION: Duration = Duration::from_secs(15);
/// Delay of the first report, which shows the provider that this caller reports. A shorter stream
/// costs no report.
const FIRST: Duration = Duration::from_millis(100);
/// Delay after the last item until less than a [`STEP`] is reported.
const REST: Duration = Duration::from_secs(1);
/// Delays for a provider that is temporarily unable to answer: it does not know the stream yet, or
/// a link is replaced.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(10), 3.0, Duration::from_secs(2));
/// Delays for a provider that does not advertise the procedure: it may be about to, or be another
/// implementation.
const UNDECLARED: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(250), 2.0, Duration::from_secs(30));
/// Time without the procedure's advertisement after which a provider counts as another
/// implementation.
const FOREIGN: Duration = Duration::from_secs(3);

const _: () = assert!(PATIENCE.as_secs() < QUESTION.as_secs());
// One lost request must not look like a caller that is gone.
const _: () = assert!(POLL.as_secs() * POLLS as u64 > 2 * QUESTION.as_secs());
const _: () = assert!(POLL.as_secs() * DRAIN_POLLS as u64 > QUESTION.as_secs());

/// Total bytes of a stream that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granted {
    /// So much.
    UpTo(u64),
    /// Unlimited: the provider is another implementation without flow control.
    Everything,
}

impl Default for Granted {
    fn default() -> Self {
        Self::UpTo(INITIAL)
    }
}

/// A sender's request for credit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Bytes that must be consumed first.
    pub(super) until: u64,
    /// Total bytes of the stream to send.
    pub(super) room: u64,
}

/// How a stream's provider is told and asked.
#[derive(Clone)]
pub(super) struct Credit {
    stream: Stream,
    pool: Pool,
    /// Cancelled once the stream is no longer used.
    dropped: CancellationToken,
}

/// Result of one exchange.
enum Answer {
    Told(Told),
    /// The provider does not advertise the procedure.
    Undeclared,
    NotNow,
    /// The stream is over.
    Over,
}

impl Credit {
    pub(super) const fn new(stream: Stream, pool: Pool, dropped: CancellationToken) -> Self {
        Self {
            stream,
            pool,
            dropped,
        }
    }

    /// Returns once the stream has ended or is no longer used.
    async fn over(&self) {
        tokio::select! {
            _ = self.stream.done() => {}
            () = self.dropped.cancelled() => {}
        }
    }

    /// Reports the consumed bytes for the life of the stream: each [`STEP`], and the rest when no
    /// more items arrive.
    pub(super) async fn report(self, mut taken: watch::Receiver<u64>) {
        let mut reported = 0;
        let mut first = true;
        let mut delays = Delays::new();
        loop {
            let due = due(&mut taken, reported, first);
            tokio::select! {
                due = due => if due.is_none() {
                    return;
                },
                () = self.over() => return,
            }
            first = false;
            loop {
                // A repeated report includes what was consumed in the meantime.
                let now = *taken.borrow_and_update();
                let ask = Ask {
                    taken: Some(now),
                    ..self.ask()
                };
                let answer = self.exchange(ask, REPORT).await;
                let told = matches!(answer, Answer::Told(_));
                let Some(delay) = delays.after(&answer) else {
                    return;
                };
                if told {
                    reported = now;
                    break;
                }
                if !self.pause(delay).await {
                    return;
                }
            }
        }
    }

    /// Requests credit for the life of the stream, whenever less is granted than wanted.
    ///
    /// Once a provider has answered or advertises the procedure, nothing is sent beyond its credit
    /// until it answers again. Only a provider that does neither is sent data without a limit, and
    /// it is still asked.
    pub(super) async fn request(
        self,
        mut wanted: watch::Receiver<Wanted>,
        granted: Arc<watch::Sender<Granted>>,
        runs: impl Fn() + Send,
    ) {
        let mut limit = INITIAL;
        let mut delays = Delays::new();
        loop {
            let wanted = tokio::select! {
                wanted = wanted.wait_for(|wanted| wanted.room > limit) => match wanted {
                    Ok(wanted) => *wanted,
                    Err(_) => return,
                },
                () = self.over() => return,
            };
            let ask = Ask {
                until: Some(wanted.until),
                room: Some(wanted.room),
                ..self.ask()
            };
            let answer = self.exchange(ask, QUESTION).await;
            let Some(delay) = delays.after(&answer) else {
                return;
            };
            if let Answer::Told(told) = answer {
                if told.taken > 0 {
                    runs();
                }
                limit = limit.max(told.limit(wanted));
                granted.send_replace(Granted::UpTo(limit));
                continue;
            }
            if let Some(undeclared) = delays.undeclared() {
                granted.send_replace(if undeclared < FOREIGN {
                    Granted::UpTo(WINDOW)
                } else {
                    Granted::Everything
                });
            }
            if !self.pause(delay).await {
                return;
            }
        }
    }

    fn ask(&self) -> Ask {
        Ask {
            stream: hex::encode(self.stream.request().request_id),
            taken: None,
            until: None,
            room: None,
        }
    }

    async fn exchange(&self, ask: Ask, timeout: Duration) -> Answer {
        let open = self.stream.request();
        let Ok(payload) = codec::encode(&ask) else {
            return Answer::Over;
        };
        let call = Call {
            realm: open.realm,
            procedure: procedure(&open.target),
            provider: open.target,
            payload: payload.0,
            timeout,
            ..Call::default()
        };
        let pool = self.pool.clone();
        let answer = tokio::select! {
            answer = shielded(async move { pool.call(call).await }) => answer,
            () = self.over() => return Answer::Over,
        };
        let error = match answer {
            Ok(answer) => match codec::decode(Payload(answer)) {
                Ok(told) => return Answer::Told(told),
                Err(error) => error.to_string(),
            },
            Err(error) if is_undeclared(&error) => return Answer::Undeclared,
            Err(error) => error.to_string(),
        };
        tracing::debug!("a flow-control report failed: {error}");
        Answer::NotNow
    }

    /// Waits for `delay`; returns whether the stream is still open.
    async fn pause(&self, delay: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.over() => false,
        }
    }
}

impl Told {
    /// Returns how much may be sent after a request for `wanted`.
    fn limit(&self, wanted: Wanted) -> u64 {
        self.limit.unwrap_or_else(|| {
            // A provider that grants no explicit limit has room for a window, or for a single
            // larger item.
            let window = self.taken.saturating_add(WINDOW);
            if self.taken >= wanted.until {
                window.max(wanted.room)
            } else {
                window
            }
        })
    }
}

/// Returns whether the procedure is not advertised, as opposed to not answered.
fn is_undeclared(error: &PoolError) -> bool {
    match error {
        PoolError::NoProvider(tried) => tried.is_empty(),
        // The provider itself does not serve the procedure.
        PoolError::Link(LinkError::Provider { code, .. }) => code == GONE,
        _ => false,
    }
}

/// Delays before a provider is asked again, for providers that have answered and for those that
/// have not.
struct Delays {
    retry: Backoff,
    undeclared: Backoff,
    /// Since when the procedure has been missing.
    since: Option<Instant>,
    answered: bool,
}

impl Delays {
    fn new() -> Self {
        Self {
            retry: RETRY.start(),
            undeclared: UNDECLARED.start(),
            since: None,
            answered: false,
        }
    }

    /// Returns the delay after `answer`; `None` if the stream is over.
    fn after(&mut self, answer: &Answer) -> Option<Duration> {
        match answer {
            Answer::Over => None,
            Answer::Told(_) => {
                self.answered = true;
                self.since = None;
                self.retry.reset();
                Some(Duration::ZERO)
            }
            Answer::Undeclared if !self.answered => {
                self.since.get_or_insert_with(Instant::now);
                Some(self.undeclared.next_delay())
            }
            Answer::Undeclared | Answer::NotNow => {
                self.since = None;
                Some(self.retry.next_delay())
            }
        }
    }

    /// How long the provider has not advertised the procedure, if it has never answered.
    fn undeclared(&self) -> Option<Duration> {
        self.since.map(|since| since.elapsed())
    }
}

/// Waits until there is something to report; `None` once the reader is gone.
async fn due(taken: &mut watch::Receiver<u64>, reported: u64, first: bool) -> Option<()> {
    if !first {
        taken.wait_for(|taken| *taken > reported).await.ok()?;
    }
    let step = taken.wait_for(|taken| taken - reported >= STEP);
    let step = tokio::time::timeout(if first { FIRST } else { REST }, step).await;
    match step {
        Ok(step) => step.ok().map(drop),
        Err(_) => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Answer {
        Answer::Told(Told {
            taken: 0,
            limit: None,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_taken_is_due_each_step_and_the_rest_when_no_more_comes() {
        let (sender, mut taken) = watch::channel(0);
        let began = Instant::now();
        due(&mut taken, 0, true).await.unwrap();
        assert_eq!(began.elapsed(), FIRST, "that there are reports");

        sender.send_replace(STEP);
        due(&mut taken, 0, false).await.unwrap();
        assert_eq!(began.elapsed(), FIRST, "a step is due at once");

        sender.send_replace(STEP + 1);
        due(&mut taken, STEP, false).await.unwrap();
        assert_eq!(began.elapsed(), FIRST + REST);

        let more = due(&mut taken, STEP + 1, false);
        let more = tokio::time::timeout(Duration::from_secs(3600), more).await;
        assert!(more.is_err(), "there is nothing to report");
        drop(sender);
        assert_eq!(due(&mut taken, STEP + 1, false).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_provider_that_never_answered_and_does_not_advertise_is_foreign() {
        let mut delays = Delays::new();
        for _ in 0..20 {
            assert!(delays.after(&Answer::NotNow).unwrap() < 3 * Duration::from_secs(1));
            tokio::time::advance(FOREIGN).await;
        }
        assert_eq!(delays.undeclared(), None, "it may only be slow");

        delays.after(&Answer::Undeclared).unwrap();
        tokio::time::advance(FOREIGN).await;
        delays.after(&Answer::Undeclared).unwrap();
        assert_eq!(delays.undeclared(), Some(FOREIGN));

        assert_eq!(delays.after(&told()), Some(Duration::ZERO));
        for _ in 0..20 {
            delays.after(&Answer::Undeclared).unwrap();
            tokio::time::advance(FOREIGN).await;
            assert_eq!(delays.undeclared(), None, "it has answered once");
        }
        assert!(delays.after(&Answer::Over).is_none());
    }

    #[test]
    fn a_provider_that_grants_no_limit_has_a_window_or_what_goes_alone() {
        let told = |taken, limit| Told { taken, limit };
        let wanted = |until, room| Wanted { until, room };
        assert_eq!(told(5, Some(7)).limit(wanted(0, 9)), 7);
        assert_eq!(told(5, None).limit(wanted(6, 9)), 5 + WINDOW);
        let large = 9 * WINDOW;
        assert_eq!(told(5, None).limit(wanted(6, large)), 5 + WINDOW);
        assert_eq!(told(6, None).limit(wanted(6, large)), large);
    }
}
