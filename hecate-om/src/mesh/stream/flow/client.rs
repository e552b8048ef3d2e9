//! Caller's side of flow control: reports of consumed bytes, and requests for credit.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{Call, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::budget::INITIAL_CREDIT;
use super::message::{FlowRequest, WindowUpdate, procedure};
use super::retry::{FlowReply, RetryDelays, UNSUPPORTED_AFTER};
use super::state::{DRAIN_POLLS, POLL, POLLS, REQUEST_WAIT};
use crate::codec::{self, Payload};
use crate::mesh::call::error::GONE;
use crate::mesh::connection::Router;
use crate::mesh::stream::{REPORT_STEP, WINDOW};

/// Timeout of a report. A report that timed out is repeated.
const REPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of a credit request, longer than any wait at the provider. A request that timed out is
/// repeated.
const CREDIT_TIMEOUT: Duration = Duration::from_secs(15);
/// Delay of the first report, which shows the provider that this caller sends reports. A stream
/// that ends earlier sends no report.
const FIRST_REPORT: Duration = Duration::from_millis(100);
/// Delay after the last item before consumed bytes below a [`REPORT_STEP`] are reported.
const REST_REPORT: Duration = Duration::from_secs(1);
const _: () = assert!(REQUEST_WAIT.as_secs() < CREDIT_TIMEOUT.as_secs());
// One lost request must not make the caller appear gone.
const _: () = assert!(POLL.as_secs() * POLLS as u64 > 2 * CREDIT_TIMEOUT.as_secs());
const _: () = assert!(POLL.as_secs() * DRAIN_POLLS as u64 > CREDIT_TIMEOUT.as_secs());

/// Limit on the total bytes of a stream that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh::stream) enum SendLimit {
    Bytes(u64),
    /// The provider is another implementation, without flow control.
    Unlimited,
}

impl Default for SendLimit {
    fn default() -> Self {
        Self::Bytes(INITIAL_CREDIT)
    }
}

/// Request of a sender for credit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mesh::stream) struct CreditRequest {
    /// Bytes that the provider must consume before it answers.
    pub(in crate::mesh::stream) until_consumed: u64,
    /// Total bytes of the stream to send.
    pub(in crate::mesh::stream) limit: u64,
}

/// Client of the flow-control procedure of one stream's provider.
#[derive(Clone)]
pub(in crate::mesh::stream) struct FlowClient {
    stream: Stream,
    router: Router,
    /// Cancelled once the caller has dropped the stream.
    dropped: CancellationToken,
}

impl FlowClient {
    pub(in crate::mesh::stream) const fn new(
        stream: Stream,
        router: Router,
        dropped: CancellationToken,
    ) -> Self {
        Self {
            stream,
            router,
            dropped,
        }
    }

    /// Waits until the stream has ended or was dropped.
    async fn stream_ended(&self) {
        tokio::select! {
            _ = self.stream.done() => {}
            () = self.dropped.cancelled() => {}
        }
    }

    /// Reports consumed bytes for the lifetime of the stream: after each [`REPORT_STEP`], and the
    /// rest when no more items arrive.
    pub(in crate::mesh::stream) async fn report(self, mut consumed: watch::Receiver<u64>) {
        let mut reported = 0;
        let mut is_first = true;
        let mut delays = RetryDelays::new();
        loop {
            let due = report_due(&mut consumed, reported, is_first);
            tokio::select! {
                due = due => if due.is_none() {
                    return;
                },
                () = self.stream_ended() => return,
            }
            is_first = false;
            loop {
                // A repeated report includes the bytes consumed in the meantime.
                let now = *consumed.borrow_and_update();
                let request = FlowRequest {
                    consumed: Some(now),
                    ..self.request()
                };
                let reply = self.send(request, REPORT_TIMEOUT).await;
                let Some(delay) = delays.after(&reply) else {
                    return;
                };
                if matches!(reply, FlowReply::Update(_)) {
                    reported = now;
                    break;
                }
                if !self.sleep(delay).await {
                    return;
                }
            }
        }
    }

    /// Requests credit for the lifetime of the stream, whenever the granted credit is less than
    /// `wanted`.
    ///
    /// Once a provider has answered or advertises the procedure, nothing is sent beyond the granted
    /// credit until the next answer. Only a provider that does neither is sent items without a
    /// limit, and is still asked for credit.
    pub(in crate::mesh::stream) async fn request_credit(
        self,
        mut wanted: watch::Receiver<CreditRequest>,
        send_limit: Arc<watch::Sender<SendLimit>>,
        handler_runs: impl Fn() + Send,
    ) {
        let mut limit = INITIAL_CREDIT;
        let mut delays = RetryDelays::new();
        loop {
            let wanted = tokio::select! {
                wanted = wanted.wait_for(|wanted| wanted.limit > limit) => match wanted {
                    Ok(wanted) => *wanted,
                    Err(_) => return,
                },
                () = self.stream_ended() => return,
            };
            let request = FlowRequest {
                until_consumed: Some(wanted.until_consumed),
                limit: Some(wanted.limit),
                ..self.request()
            };
            let reply = self.send(request, CREDIT_TIMEOUT).await;
            let Some(delay) = delays.after(&reply) else {
                return;
            };
            if let FlowReply::Update(update) = reply {
                if update.consumed > 0 {
                    handler_runs();
                }
                limit = limit.max(update.send_limit(wanted));
                send_limit.send_replace(SendLimit::Bytes(limit));
                continue;
            }
            if let Some(unadvertised) = delays.unadvertised_for() {
                send_limit.send_replace(if unadvertised < UNSUPPORTED_AFTER {
                    SendLimit::Bytes(WINDOW)
                } else {
                    SendLimit::Unlimited
                });
            }
            if !self.sleep(delay).await {
                return;
            }
        }
    }

    /// Returns a request about this stream with no report and no credit request.
    fn request(&self) -> FlowRequest {
        FlowRequest {
            stream: hex::encode(self.stream.request().request_id),
            consumed: None,
            until_consumed: None,
            limit: None,
        }
    }

    async fn send(&self, request: FlowRequest, timeout: Duration) -> FlowReply {
        let open = self.stream.request();
        let Ok(payload) = codec::encode(&request) else {
            return FlowReply::StreamEnded;
        };
        let call = Call {
            realm: open.realm,
            procedure: procedure(&open.target),
            provider: open.target,
            payload: payload.0,
            timeout,
            ..Call::default()
        };
        let answer = tokio::select! {
            answer = self.router.call(call) => answer,
            () = self.stream_ended() => return FlowReply::StreamEnded,
        };
        let error = match answer {
            Ok((answer, _)) => match codec::decode(Payload(answer)) {
                Ok(update) => return FlowReply::Update(update),
                Err(error) => error.to_string(),
            },
            Err(error) if is_unadvertised(&error) => return FlowReply::Unadvertised,
            Err(error) => error.to_string(),
        };
        tracing::debug!(error, "flow control request failed");
        FlowReply::Failed
    }

    /// Waits for `delay`. Returns whether the stream is still open.
    async fn sleep(&self, delay: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.stream_ended() => false,
        }
    }
}

impl WindowUpdate {
    /// Returns the limit on the total bytes that may be sent after `request`.
    fn send_limit(&self, request: CreditRequest) -> u64 {
        self.limit.unwrap_or_else(|| {
            // A provider that sends no limit has space for a window, or for a single larger item.
            let window = self.consumed.saturating_add(WINDOW);
            if self.consumed >= request.until_consumed {
                window.max(request.limit)
            } else {
                window
            }
        })
    }
}

/// Returns whether the procedure is not advertised, as opposed to unanswered.
fn is_unadvertised(error: &PoolError) -> bool {
    match error {
        PoolError::NoProvider(tried) => tried.is_empty(),
        // The provider itself does not serve the procedure.
        PoolError::Link(LinkError::Provider { code, .. }) => code == GONE,
        _ => false,
    }
}

/// Waits until a report is due. Returns `None` once the reader was dropped.
async fn report_due(
    consumed: &mut watch::Receiver<u64>,
    reported: u64,
    is_first: bool,
) -> Option<()> {
    if !is_first {
        consumed
            .wait_for(|consumed| *consumed > reported)
            .await
            .ok()?;
    }
    let step = consumed.wait_for(|consumed| consumed - reported >= REPORT_STEP);
    let delay = if is_first { FIRST_REPORT } else { REST_REPORT };
    match tokio::time::timeout(delay, step).await {
        Ok(step) => step.ok().map(drop),
        Err(_) => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn update(consumed: u64, limit: Option<u64>) -> WindowUpdate {
        WindowUpdate { consumed, limit }
    }

    #[tokio::test(start_paused = true)]
    async fn consumed_bytes_are_reported_each_step_and_the_rest_when_no_more_come() {
        let (sender, mut consumed) = watch::channel(0);
        let started = Instant::now();
        report_due(&mut consumed, 0, true).await.unwrap();
        assert_eq!(started.elapsed(), FIRST_REPORT);

        sender.send_replace(REPORT_STEP);
        report_due(&mut consumed, 0, false).await.unwrap();
        assert_eq!(started.elapsed(), FIRST_REPORT, "a step is due at once");

        sender.send_replace(REPORT_STEP + 1);
        report_due(&mut consumed, REPORT_STEP, false).await.unwrap();
        assert_eq!(started.elapsed(), FIRST_REPORT + REST_REPORT);

        let more = report_due(&mut consumed, REPORT_STEP + 1, false);
        let more = tokio::time::timeout(Duration::from_secs(3600), more).await;
        assert!(more.is_err(), "there is nothing to report");
        drop(sender);
        assert_eq!(
            report_due(&mut consumed, REPORT_STEP + 1, false).await,
            None
        );
    }

    #[test]
    fn a_provider_that_sends_no_limit_has_room_for_a_window_or_one_larger_item() {
        let request = |until_consumed, limit| CreditRequest {
            until_consumed,
            limit,
        };
        assert_eq!(update(5, Some(7)).send_limit(request(0, 9)), 7);
        assert_eq!(update(5, None).send_limit(request(6, 9)), 5 + WINDOW);
        let large = 9 * WINDOW;
        assert_eq!(update(5, None).send_limit(request(6, large)), 5 + WINDOW);
        assert_eq!(update(6, None).send_limit(request(6, large)), large);
    }
}
