//! Streams of each kind.

use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om::identity::NodeId;
use hecate_om::stream::ClientStream;
use hecate_om_soak::calls::failed;
use hecate_om_soak::history::{CallKind, Expected, Failure, Outcome};
use hecate_om_soak::wire::{Act, Item, Job};

use crate::caller::{Caller, Planned};
use crate::requests::MAX_BYTES;

/// Longest wait for the next item, or for room to send one. A stream has no deadline, so the caller
/// leaves a stream that stands still. Longer than the idle timeout of a provider's link.
const STILL: Duration = Duration::from_secs(45);

/// Timeout of an opening.
const OPENING: Duration = Duration::from_secs(15);

/// The kinds of streams.
pub(crate) const STREAMS: [CallKind; 3] = [
    CallKind::ServerStreaming,
    CallKind::ClientStreaming,
    CallKind::Bidirectional,
];

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With its last item.
    Whole,
    /// With a failure of its handler, at half of the items.
    Failed(Failure),
    /// With its caller, at half of the items.
    Abandoned,
}

/// A stream that is about to be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamPlan {
    kind: CallKind,
    items: u64,
    /// Bytes of padding in each item.
    padding: u64,
    /// Pause before each item, in milliseconds.
    pause: u64,
    ending: Ending,
}

impl StreamPlan {
    /// A stream of small items that ends with its last item.
    pub(crate) const fn whole(kind: CallKind, items: u64, pause: u64) -> Self {
        Self {
            kind,
            items,
            padding: 50,
            pause,
            ending: Ending::Whole,
        }
    }

    /// A stream of many times the bytes that flow control lets wait.
    pub(crate) const fn large(kind: CallKind) -> Self {
        Self {
            padding: 60_000,
            ..Self::whole(kind, 120, 0)
        }
    }

    /// A stream whose handler fails.
    pub(crate) const fn failing(kind: CallKind, failure: Failure) -> Self {
        Self {
            ending: Ending::Failed(failure),
            ..Self::whole(kind, 4, 0)
        }
    }

    const fn name(&self) -> &'static str {
        match self.kind {
            CallKind::ClientStreaming => "soak.sum",
            CallKind::Bidirectional => "soak.echo",
            _ => "soak.count",
        }
    }

    const fn act(&self) -> Act {
        match self.ending {
            Ending::Failed(Failure::Panic) => Act::Panic,
            Ending::Failed(Failure::Refusal) => Act::Refuse,
            _ => Act::Answer,
        }
    }

    const fn expected(&self) -> Expected {
        match self.ending {
            Ending::Failed(failure) => Expected::Failure(failure),
            _ => Expected::Items(self.items),
        }
    }

    /// Returns whether the caller leaves the stream before this item.
    fn is_abandoned_at(&self, number: u64) -> bool {
        self.ending == Ending::Abandoned && number == self.items / 2
    }

    /// Returns an item to send, after its pause.
    async fn next_item(&self, job: &Job, number: u64) -> Item {
        if self.pause > 0 {
            tokio::time::sleep(Duration::from_millis(self.pause)).await;
        }
        let oversized = self.ending == Ending::Failed(Failure::Oversized);
        let padding = if oversized && number == self.items / 2 {
            "x".repeat(MAX_BYTES as usize + 1)
        } else {
            job.padding.clone()
        };
        Item {
            call: job.call.clone(),
            number,
            padding,
        }
    }
}

impl Caller {
    /// Opens a random stream of this kind, and uses it to its end. With a pause, the stream takes up
    /// to some seconds.
    pub(crate) async fn random_stream(&self, kind: CallKind, pause: u64) {
        let ending = match self.random(20) {
            0 => Ending::Failed(Failure::Refusal),
            1 => Ending::Failed(Failure::Panic),
            2 | 3 if kind != CallKind::ServerStreaming => Ending::Failed(Failure::Oversized),
            4 | 5 => Ending::Abandoned,
            _ => Ending::Whole,
        };
        let plan = StreamPlan {
            items: 1 + self.random(if pause > 0 { 20 } else { 120 }),
            // With the largest, most streams exceed the window to the handler, and some the window
            // to the caller.
            padding: match self.random(8) {
                0 => 8_000,
                1 | 2 if pause == 0 => 40_000,
                _ => 50,
            },
            ending,
            ..StreamPlan::whole(kind, 0, pause)
        };
        self.stream(plan, self.org(), None).await;
    }

    /// Opens a stream, uses it to its end, and returns how it ended.
    pub(crate) async fn stream(
        &self,
        plan: StreamPlan,
        org: &str,
        provider: Option<NodeId>,
    ) -> Outcome {
        let (planned, job) = self.opening(&plan, org, provider);
        let mut opening = self.mesh.procedure(planned.procedure).timeout(OPENING);
        if let Some(node) = provider {
            opening = opening.provider(node);
        }
        let (mut received, mut sent) = (0, 0);
        let outcome = match plan.kind {
            CallKind::ClientStreaming => match opening.client_streaming::<_, Item, u64>(&job).await
            {
                Err(error) => failed(&error),
                Ok(stream) => send_all(stream, &plan, &job, &mut sent).await,
            },
            CallKind::Bidirectional => match opening.bidirectional::<_, Item, Item>(&job).await {
                Err(error) => failed(&error),
                Ok((mut sender, mut stream)) => {
                    let exchange = async {
                        while sent < plan.items {
                            if plan.is_abandoned_at(sent) {
                                return Ok(false);
                            }
                            sender.send(&plan.next_item(&job, sent).await).await?;
                            sent += 1;
                            if let Some(item) = stream.next().await {
                                received += u64::from(item?.number == received);
                            }
                        }
                        sender.finish().await?;
                        while let Some(item) = stream.next().await {
                            item?;
                            received += 1;
                        }
                        Ok::<bool, CallError>(true)
                    };
                    match tokio::time::timeout(STILL * 2, exchange).await {
                        Err(_) => still(),
                        Ok(Err(error)) => failed(&error),
                        Ok(Ok(false)) => Outcome::Left,
                        Ok(Ok(true)) => whole(received, plan.items),
                    }
                }
            },
            _ => match opening.server_streaming::<_, Item>(&job).await {
                Err(error) => failed(&error),
                Ok(mut stream) => loop {
                    if plan.is_abandoned_at(received) {
                        break Outcome::Left;
                    }
                    match tokio::time::timeout(STILL, stream.next()).await {
                        Err(_) => break still(),
                        Ok(None) => break whole(received, plan.items),
                        Ok(Some(Err(error))) => break failed(&error),
                        Ok(Some(Ok(item))) => match mistake(&item, &job.call, received) {
                            Some(mistake) => break Outcome::Wrong(mistake),
                            None => received += 1,
                        },
                    }
                },
            },
        };
        self.end(job.call, outcome.clone(), received, sent);
        outcome
    }

    fn opening(&self, plan: &StreamPlan, org: &str, provider: Option<NodeId>) -> (Planned, Job) {
        let planned = Planned {
            kind: plan.kind,
            procedure: format!("{org}/{}", plan.name()),
            idempotent: false,
            timeout: OPENING,
            expected: plan.expected(),
            provider: provider.map(|node| node.to_string()),
        };
        let job = Job {
            call: self.begin(&planned),
            number: plan.items,
            padding: "x".repeat(plan.padding as usize),
            act: plan.act(),
            pause: plan.pause,
            ..Job::default()
        };
        (planned, job)
    }

    /// Opens a stream, and leaves it after a few items.
    pub(crate) async fn leave(&self) {
        self.leave_after(20, Duration::ZERO).await;
    }

    /// Opens a stream, does not read it for some time, and leaves it.
    pub(crate) async fn stall(&self) {
        self.leave_after(2, Duration::from_secs(3)).await;
    }

    async fn leave_after(&self, items: u64, pause: Duration) {
        let plan = StreamPlan {
            padding: 8_000,
            ..StreamPlan::whole(CallKind::ServerStreaming, 10_000, 0)
        };
        let (planned, job) = self.opening(&plan, self.org(), None);
        let opening = self.mesh.procedure(planned.procedure).timeout(OPENING);
        let mut received = 0;
        let outcome = match opening.server_streaming::<_, Item>(&job).await {
            Err(error) => failed(&error),
            Ok(mut stream) => loop {
                match tokio::time::timeout(STILL, stream.next()).await {
                    Err(_) => break still(),
                    Ok(None) => break whole(received, 10_000),
                    Ok(Some(Err(error))) => break failed(&error),
                    Ok(Some(Ok(_))) if received == items => {
                        tokio::time::sleep(pause).await;
                        break Outcome::Left;
                    }
                    Ok(Some(Ok(_))) => received += 1,
                }
            },
        };
        self.end(job.call, outcome, received, 0);
    }
}

/// Sends the items, and counts those that are sent. If the stream stands still, it is dropped,
/// which aborts the call.
async fn send_all(
    mut stream: ClientStream<Item, u64>,
    plan: &StreamPlan,
    job: &Job,
    sent: &mut u64,
) -> Outcome {
    while *sent < plan.items {
        if plan.is_abandoned_at(*sent) {
            return Outcome::Left;
        }
        let item = plan.next_item(job, *sent).await;
        match tokio::time::timeout(STILL, stream.send(&item)).await {
            Err(_) => return still(),
            // `finish` returns the reason.
            Ok(Err(_)) => break,
            Ok(Ok(())) => *sent += 1,
        }
    }
    match tokio::time::timeout(STILL, stream.finish()).await {
        Err(_) => still(),
        Ok(Err(error)) => failed(&error),
        Ok(Ok(sum)) => whole(sum, plan.items),
    }
}

fn mistake(item: &Item, call: &str, number: u64) -> Option<String> {
    let right = item.call == call && item.number == number;
    (!right).then(|| format!("item {} of {} instead of {number}", item.number, item.call))
}

fn whole(items: u64, expected: u64) -> Outcome {
    if items == expected {
        Outcome::Ok
    } else {
        Outcome::Wrong(format!("{items} items instead of {expected}"))
    }
}

/// The outcome of a stream without progress.
fn still() -> Outcome {
    Outcome::Error {
        code: "still".to_owned(),
        text: "no item and no end for a long time".to_owned(),
    }
}
