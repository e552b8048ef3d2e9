//! Streams of each kind.

use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om::stream::ClientStream;
use hecate_om_soak::calls::failed;
use hecate_om_soak::history::{CallKind, Expected, Outcome};
use hecate_om_soak::wire::{Item, Job};

use crate::caller::{Caller, Planned};

/// Longest wait for the next item, or for room to send one. A stream has no deadline, so the caller
/// leaves a stream that stands still.
const STILL: Duration = Duration::from_secs(30);

/// Timeout of an opening.
const OPENING: Duration = Duration::from_secs(15);

impl Caller {
    fn opening(&self, name: &str, kind: CallKind, items: u64) -> (Planned, String, Job) {
        let planned = Planned {
            kind,
            procedure: format!("{}/{name}", self.org()),
            idempotent: false,
            timeout: OPENING,
            expected: Expected::Items(items),
            provider: None,
        };
        let call = self.begin(&planned);
        let padding = match self.random(4) {
            0 => 8_000,
            _ => 50,
        };
        let job = Job {
            call: call.clone(),
            number: items,
            padding: "x".repeat(padding),
            ..Job::default()
        };
        (planned, call, job)
    }

    /// Returns the number of a stream's items. With a pause, the stream takes up to some seconds.
    fn items(&self, pause: u64) -> u64 {
        self.random(if pause > 0 { 20 } else { 120 })
    }

    /// Reads a stream of the service.
    pub(crate) async fn count(&self, pause: u64) {
        let items = self.items(pause);
        let (planned, call, mut job) = self.opening("soak.count", CallKind::ServerStreaming, items);
        job.pause = pause;
        let opening = self.mesh.procedure(planned.procedure).timeout(OPENING);
        let mut received = 0;
        let outcome = match opening.server_streaming::<_, Item>(&job).await {
            Err(error) => failed(&error),
            Ok(mut stream) => loop {
                match tokio::time::timeout(STILL, stream.next()).await {
                    Err(_) => break still(),
                    Ok(None) => break whole(received, items),
                    Ok(Some(Err(error))) => break failed(&error),
                    Ok(Some(Ok(item))) => match mistake(&item, &call, received) {
                        Some(mistake) => break Outcome::Wrong(mistake),
                        None => received += 1,
                    },
                }
            },
        };
        self.end(call, outcome, received, 0);
    }

    /// Sends a stream to the service.
    pub(crate) async fn sum(&self, pause: u64) {
        let items = self.items(pause);
        let (planned, call, mut job) = self.opening("soak.sum", CallKind::ClientStreaming, items);
        job.pause = pause;
        let opening = self.mesh.procedure(planned.procedure).timeout(OPENING);
        let mut sent = 0;
        let outcome = match opening.client_streaming::<_, Item, u64>(&job).await {
            Err(error) => failed(&error),
            Ok(stream) => send_all(stream, &job, items, &mut sent).await,
        };
        self.end(call, outcome, 0, sent);
    }

    /// Sends items, and reads each of them back.
    pub(crate) async fn echo(&self, pause: u64) {
        let items = self.items(pause);
        let (planned, call, mut job) = self.opening("soak.echo", CallKind::Bidirectional, items);
        job.pause = pause;
        let opening = self.mesh.procedure(planned.procedure).timeout(OPENING);
        let (mut sent, mut received) = (0, 0);
        let outcome = match opening.bidirectional::<_, Item, Item>(&job).await {
            Err(error) => failed(&error),
            Ok((mut sender, mut stream)) => {
                let exchange = async {
                    while sent < items {
                        rest(&job).await;
                        sender.send(&item(&job, sent)).await?;
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
                    Ok::<(), CallError>(())
                };
                match tokio::time::timeout(STILL * 2, exchange).await {
                    Err(_) => still(),
                    Ok(Err(error)) => failed(&error),
                    Ok(Ok(())) => whole(received, items),
                }
            }
        };
        self.end(call, outcome, received, sent);
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
        let (planned, call, job) = self.opening("soak.count", CallKind::ServerStreaming, 10_000);
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
        self.end(call, outcome, received, 0);
    }
}

/// Sends `items` items, and counts those that are sent. If the stream stands still, it is dropped,
/// which aborts the call.
async fn send_all(
    mut stream: ClientStream<Item, u64>,
    job: &Job,
    items: u64,
    sent: &mut u64,
) -> Outcome {
    while *sent < items {
        rest(job).await;
        match tokio::time::timeout(STILL, stream.send(&item(job, *sent))).await {
            Err(_) => return still(),
            // `finish` returns the reason.
            Ok(Err(_)) => break,
            Ok(Ok(())) => *sent += 1,
        }
    }
    match tokio::time::timeout(STILL, stream.finish()).await {
        Err(_) => still(),
        Ok(Err(error)) => failed(&error),
        Ok(Ok(sum)) => whole(sum, items),
    }
}

async fn rest(job: &Job) {
    if job.pause > 0 {
        tokio::time::sleep(Duration::from_millis(job.pause)).await;
    }
}

fn item(job: &Job, number: u64) -> Item {
    Item {
        call: job.call.clone(),
        number,
        padding: job.padding.clone(),
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
