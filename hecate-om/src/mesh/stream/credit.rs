//! The caller's side of the flow: reporting what was taken, asking how much may be sent.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{Call, Pool, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::budget::INITIAL;
use super::flow::{Ask, Told, procedure};
use super::{STEP, WINDOW};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::mesh::call_error::GONE;
use crate::mesh::codec::{self, Payload};
use crate::mesh::shield::shielded;

/// How long a report may take until it is made again.
const REPORT: Duration = Duration::from_secs(5);
/// How long a question may take until it is asked again; its provider answers sooner.
const QUESTION: Duration = Duration::from_secs(30);
/// How soon after a stream was opened its provider receives the first report, which tells it that there are reports.
/// A stream that is shorter costs none.
const FIRST: Duration = Duration::from_millis(100);
/// How long after the last item what is less than a [`STEP`] is reported.
const REST: Duration = Duration::from_secs(1);
/// Delays of a provider that answers, and only not now: it does not know the stream yet, or a link is made again.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(10), 3.0, Duration::from_secs(2));
/// Delays of a provider that does not advertise the procedure: it may only now start to, or be of another
/// implementation.
const UNDECLARED: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(250), 2.0, Duration::from_secs(30));
/// How long a provider must not advertise the procedure until it is taken for one of another implementation.
const FOREIGN: Duration = Duration::from_secs(3);

/// How much of a stream may be sent in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granted {
    /// So much.
    UpTo(u64),
    /// As much as the wire takes: the provider is of another implementation.
    Everything,
}

impl Default for Granted {
    fn default() -> Self {
        Self::UpTo(INITIAL)
    }
}

/// What a sender asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// How much is to be taken before.
    pub(super) until: u64,
    /// How much of the stream is to be sent in all.
    pub(super) room: u64,
}

/// How a stream's provider is told and asked.
#[derive(Clone)]
pub(super) struct Credit {
    stream: Stream,
    pool: Pool,
    /// Nobody uses the stream any more.
    dropped: CancellationToken,
}

/// What became of one exchange.
enum Answer {
    Told(Told),
    /// Nobody advertises the procedure.
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

    /// Returns once the stream has ended, or is not used any more.
    async fn over(&self) {
        tokio::select! {
            _ = self.stream.done() => {}
            () = self.dropped.cancelled() => {}
        }
    }

    /// Reports what was taken, as long as the stream lasts: each [`STEP`], and the rest when no more comes.
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
                // Made again, it reports what was taken by then.
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

    /// Asks how much may be sent, as long as the stream lasts: whenever it is less than what is wanted.
    ///
    /// A provider that has answered once is held to that: until it answers again, nothing more is sent. So is one that
    /// advertises the procedure. Only one that does not is sent as much as the wire takes, and asked on.
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
                granted.send_replace(match undeclared < FOREIGN {
                    true => Granted::UpTo(WINDOW),
                    false => Granted::Everything,
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

    /// Waits; whether the stream still lasts after that.
    async fn pause(&self, delay: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.over() => false,
        }
    }
}

impl Told {
    /// How much may be sent, of which `wanted` was asked for.
    fn limit(&self, wanted: Wanted) -> u64 {
        self.limit.unwrap_or_else(|| {
            // A provider that does not say has room for a window, or for what goes alone.
            let window = self.taken.saturating_add(WINDOW);
            match self.taken >= wanted.until {
                true => window.max(wanted.room),
                false => window,
            }
        })
    }
}

/// Whether nobody advertises the procedure, as opposed to its not being answered now.
fn is_undeclared(error: &PoolError) -> bool {
    match error {
        PoolError::NoProvider(tried) => tried.is_empty(),
        // The provider itself serves no such procedure.
        PoolError::Link(LinkError::Provider { code, .. }) => code == GONE,
        _ => false,
    }
}

/// Delays until a provider is asked again. Whether it has ever answered are two states.
struct Delays {
    retry: Backoff,
    undeclared: Backoff,
    /// Since when it has been found not to advertise the procedure.
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

    /// The delay after `answer`; `None` where the stream is over.
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

    /// For how long the provider was found not to advertise the procedure, without ever having answered it.
    fn undeclared(&self) -> Option<Duration> {
        self.since.map(|since| since.elapsed())
    }
}

/// Waits until there is something to report; `None` where nobody takes anything any more.
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
